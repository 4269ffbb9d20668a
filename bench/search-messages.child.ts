// A store with many messages in an embedded database of its own, and the searches that people make in it.
import { chatStore } from '../chat/src/lib/server/store/store.ts'
import { searchText } from '../chat/src/lib/server/store/texts.ts'
import type { ChatMessage } from '../chat/src/lib/types.ts'
import { openDatabase } from '../db/open.ts'
import { conversations, messages, messageTexts } from '../db/schema/chat.ts'

const { folder, total, perConversation, searches } = JSON.parse(process.argv[2] ?? '{}') as {
  folder: string
  total: number
  perConversation: number
  searches: number
}
const quiet = { info() {}, warn() {}, error() {} }
const batch = 500
const now = Date.parse('2026-11-20T12:00:00Z')
const owner = 'ada'

// The same text in each run: a small generator of numbers, and words of which few are said often
let seed = 7
const random = () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}
const syllables = ['gpu', 'no', 'de', 'ra', 'vi', 'lo', 'ken', 'mi', 'ta', 'so', 'pel', 'dra', 'qu', 'en', 'sto', 'bir']
const vocabulary = Array.from({ length: 20_000 }, (_, index) =>
  [index & 15, (index >> 4) & 15, (index >> 8) & 15, (index >> 12) & 15].map((at) => syllables[at]).join(''),
)
const word = () => vocabulary[Math.floor(random() ** 4 * vocabulary.length)]!
const sentence = (length: number) => Array.from({ length }, word).join(' ')

/** Nearly every message names nodes; every 500th a pod of its own. */
function message(index: number): ChatMessage {
  const id = `m${index}`
  const rare = index % 500 === 250 ? ` The pod vllm-${index}-x7k2p is evicted.` : ''
  const old = index < total / 2 ? ' Maintenance window agreed.' : ''
  if (index % 2 === 0)
    return { id, role: 'user', parts: [{ type: 'text', text: `Which node has free GPUs? ${sentence(8)}${rare}` }] }
  const text = `Node gpu-east-${index % 90} has ${index % 8} free GPUs.${old} ${sentence(40)}${rare}`
  const told = {
    text: `node gpu-east-${index % 90} NVIDIA-H100-80GB ready\n${sentence(60)}`,
    isError: false,
    tookMs: 3,
  }
  const called = { type: 'dynamic-tool', toolName: 'list_nodes', toolCallId: id, state: 'output-available' } as const
  return {
    id,
    role: 'assistant',
    parts: [
      { ...called, input: {}, output: told },
      { type: 'text', text },
    ],
  }
}

const { db, close } = await openDatabase({ folder, log: quiet })
const started = performance.now()
const atOf = (index: number) => new Date(now - (total - index) * 1_000)
for (let from = 0; from < total; from += batch) {
  const indexes = Array.from({ length: Math.min(batch, total - from) }, (_, offset) => from + offset)
  const heads = indexes.filter((index) => index % perConversation === 0)
  const conversationOf = (index: number) => `c${Math.floor(index / perConversation)}`
  if (heads.length > 0)
    await db.insert(conversations).values(
      heads.map((index) => ({
        id: conversationOf(index),
        owner,
        title: `Free GPUs ${sentence(5)}`,
        personaId: 'default',
        clusters: [],
        createdAt: atOf(index),
        updatedAt: atOf(index + perConversation),
        pinned: true,
      })),
    )
  const all = indexes.map((index) => ({
    index,
    said: message(index),
    conversationId: conversationOf(index),
    at: atOf(index),
  }))
  await db.insert(messages).values(
    all.map(({ index, said, conversationId, at }) => ({
      id: said.id,
      conversationId,
      position: index % perConversation,
      parentId: index % perConversation === 0 ? null : `m${index - 1}`,
      role: said.role,
      parts: said.parts,
      createdAt: at,
    })),
  )
  await db.insert(messageTexts).values(
    all.map(({ said, conversationId, at }) => ({
      messageId: said.id,
      conversationId,
      owner,
      role: said.role,
      at,
      body: searchText(said),
    })),
  )
  if (from % 10_000 === 0) process.send?.({ written: from })
}
const filledMs = performance.now() - started

const store = chatStore({ db: async () => db, owner, now: () => new Date(now), newId: () => crypto.randomUUID() })
const podOf = (index: number) => `vllm-${(index % (total / 500)) * 500 + 250}`
const kinds: Record<string, (index: number) => string> = {
  'rare word': podOf,
  'word in most messages': () => 'node',
  'word in the older half only': () => 'maintenance',
  phrase: (index) => (index % 2 === 0 ? '"maintenance window agreed"' : `"node gpu-east-${index % 90}"`),
  prefix: (index) => ['gp', 'evi', 'maint', 'vll', 'h1'][index % 5]!,
  'three words': (index) => `node free ${vocabulary[500 + index * 13]}`,
  'two words': (index) => `node gpu-east-${index % 90}`,
  'with a word that must not be there': (index) => `gpus -h100 gpu-east-${index % 90}`,
  'two letters': (index) => ['no', 'gp', 'ma', 'dr', 'qu'][index % 5]!,
  'word that nobody said': (index) => `zebra${index}`,
}
const took: Record<string, number[]> = {}
// Other programs may keep the machine busy: what the search itself computed tells it apart
const computed: Record<string, number[]> = {}
const found: Record<string, number> = {}
for (let index = -2; index < searches; index++)
  for (const [kind, words] of Object.entries(kinds)) {
    const [startedAt, before] = [performance.now(), process.cpuUsage()]
    const hits = await store.search(words(Math.abs(index)))
    if (index < 0) continue
    took[kind] = [...(took[kind] ?? []), performance.now() - startedAt]
    const { user, system } = process.cpuUsage(before)
    computed[kind] = [...(computed[kind] ?? []), (user + system) / 1_000]
    found[kind] = hits.length
  }
await close()
process.send?.({ took, computed, found, filledMs })
process.disconnect?.()
