import { burstText, type Completion } from './completion.ts'
import { readConversation } from './conversation.ts'
import { filler } from './filler.ts'
import type { ChatRequest } from './wire.ts'

/**
 * How the model misbehaves on purpose, for tests of what stands before it:
 * `loop` calls the first tool for ever · `unknown-tool` calls a tool that does not exist, then answers · `broken-json` sends
 * arguments that are no JSON, then answers · `slow` streams 5 tokens a second (`slow:20` for 20) · `hang` never answers ·
 * `cut` drops the connection in the middle of the stream · `429`, `500`, `503` fail with that status · `garbage` streams what
 * is no JSON · `empty` says nothing · `burst:4000` streams that many tokens as fast as it can · `talk` is no assistant for a fleet
 * but any model: to a long prompt it says as much as it may, at its own speed.
 */
export interface Behaviour {
  kind:
    | 'plain'
    | 'loop'
    | 'unknown-tool'
    | 'broken-json'
    | 'slow'
    | 'hang'
    | 'cut'
    | 'status'
    | 'garbage'
    | 'empty'
    | 'burst'
    | 'talk'
  /** HTTP status, tokens a second, or tokens in all, by kind. */
  amount?: number
}

const PLAIN: Behaviour = { kind: 'plain' }
const KINDS = [
  'loop',
  'unknown-tool',
  'broken-json',
  'slow',
  'hang',
  'cut',
  'garbage',
  'empty',
  'burst',
  'talk',
] as const

/** Reads `slow:20`, `429`, `burst:4000`. Undefined for a word that is no behaviour. */
function readBehaviour(text: string | undefined): Behaviour | undefined {
  const [word = '', amount] = (text ?? '').trim().toLowerCase().split(':')
  if (word === '' || word === 'plain') return word === '' ? undefined : PLAIN
  if (/^[45]\d\d$/.test(word)) return { kind: 'status', amount: Number(word) }
  const kind = KINDS.find((one) => one === word)
  if (kind === undefined) return undefined
  const number = amount === undefined || !/^\d+$/.test(amount) ? undefined : Number(amount)
  return { kind, amount: number ?? (kind === 'slow' ? 5 : kind === 'burst' ? 4000 : undefined) }
}

/** The header wins over the end of the model's name (`quartermaster-demo:loop`), which wins over the server's setting. */
export function chooseBehaviour(header: string | undefined, model: string, fallback: string | undefined): Behaviour {
  const suffix = model.includes(':') ? model.slice(model.indexOf(':') + 1) : undefined
  return readBehaviour(header) ?? readBehaviour(suffix) ?? readBehaviour(fallback) ?? PLAIN
}

/** What a misbehaving model says instead of `completion`. */
export function distort(behaviour: Behaviour, completion: () => Completion, request: ChatRequest): Completion {
  const called = (readConversation(request.messages).turns.at(-1)?.calls ?? []).length
  const first = request.tools[0]
  switch (behaviour.kind) {
    case 'loop': {
      if (!first) return completion()
      const input = filler({ type: 'object', ...first.schema }, first.schema) ?? {}
      return {
        reasoning: `I look once more (${called + 1}).`,
        content: '',
        calls: [{ name: first.name, arguments: JSON.stringify(input) }],
      }
    }
    case 'unknown-tool':
      return called
        ? completion()
        : {
            reasoning: 'I call a tool that nobody offered.',
            content: '',
            calls: [{ name: 'open_pod_bay_doors', arguments: '{"reason":"none"}' }],
          }
    case 'broken-json':
      return called || !first
        ? completion()
        : {
            reasoning: 'I lose my thread in the arguments.',
            content: '',
            calls: [{ name: first.name, arguments: '{"limit": 5, "text": "unfinis' }],
          }
    case 'burst':
      return { reasoning: '', content: burstText(behaviour.amount ?? 4000), calls: [] }
    case 'talk': {
      const prompt = request.messages.at(-1)?.content ?? ''
      const long = behaviour.amount ?? (prompt.length < 200 ? undefined : (request.maxTokens ?? 120))
      const content = long === undefined ? 'Yes, I am ready.' : burstText(long)
      return { reasoning: '', content, calls: [] }
    }
    case 'empty':
      return { reasoning: '', content: '', calls: [] }
    default:
      return completion()
  }
}
