import { formatTime } from '../cards/format.ts'
import type { Words } from '../words/index.ts'
import type { ToolCall } from './parts.ts'

/** Arguments of the tool itself: those of `run_tool` stand one level deeper. */
export function argumentsOf({ input, name }: Pick<ToolCall, 'input' | 'name'>): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) return {}
  const given = input as Record<string, unknown>
  const inner = given.name === name && typeof given.input === 'object' && given.input !== null ? given.input : given
  return inner as Record<string, unknown>
}

const targetKeys = [
  'target',
  'node',
  'deployment',
  'model',
  'pod',
  'job',
  'service',
  'name',
  'id',
  'query',
  'promql',
  'namespace',
  'cluster',
  'clusters',
]
const inWords = (value: unknown): string =>
  Array.isArray(value) && value.every((one) => typeof one !== 'object')
    ? value.join(', ')
    : typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : String(value)

/** What a call was about, in a few words: `gpu-east-gpu-04, gpu-east`. */
export function targetOf(call: ToolCall): string {
  const given = argumentsOf(call)
  const words = targetKeys.flatMap((key) => {
    const value = given[key]
    return value === undefined || value === '' || (Array.isArray(value) && value.length === 0) ? [] : [inWords(value)]
  })
  const text = [...new Set(words)].slice(0, 2).join(', ')
  return text.length > 64 ? `${text.slice(0, 63)}…` : text
}

/** Each argument with its value as people read it; `maxNodes` → `max nodes`. */
export const argumentList = (call: ToolCall): { name: string; value: string }[] =>
  Object.entries(argumentsOf(call))
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => ({
      name: name
        .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
        .toLowerCase()
        .replaceAll('_', ' '),
      value: inWords(value),
    }))

/** Who answered, who did not and when, for one call. */
export function provenanceOf({ output }: ToolCall, words: Words['thread'], now: number): string[] {
  const answer = output?.answer
  if (!answer) return []
  const heard = (answer.clusters ?? []).filter(({ status }) => status === 'success')
  const silent = (answer.clusters ?? []).filter(({ status }) => status !== 'success')
  return [
    heard.length > 0 && words.fromAll(heard.map(({ cluster }) => cluster).join(', ')),
    silent.length > 0 &&
      words.without(silent.map(({ cluster, error, status }) => `${cluster} (${error ?? status})`).join(', ')),
    answer.at && words.readAt(formatTime(answer.at, now, words.locale)),
  ].filter((one) => typeof one === 'string' && one !== '') as string[]
}

/** "Checked 3 things, 1 failed", or the one thing that was done. */
export function summaryOf(calls: readonly ToolCall[], words: Words['thread']): string {
  const running = calls.filter(({ state }) => state === 'running')
  if (running.length > 0) return running.length === 1 ? `${running[0]!.title}…` : words.looking(running.length)
  if (calls.length === 1) return calls[0]!.title
  const failed = calls.filter(({ state }) => state === 'failed').length
  return [words.checked(calls.length), failed > 0 && words.failed(failed)].filter(Boolean).join(', ')
}
