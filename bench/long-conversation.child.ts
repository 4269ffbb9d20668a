// Writes one long conversation into the embedded database of a product that is not running yet; answers its id.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { CardKind } from '#contract'
import { eq } from '#db/drizzle.ts'
import { openDatabase } from '#db/open.ts'
import { conversations, messages } from '#db/schema/chat.ts'
import { chatStore } from '../chat/src/lib/server/store/store.ts'
import { exampleAnswer, exampleNodes, exampleSeries, exampleTable } from '../chat/testing/examples.ts'

const [, , folder = '', turnsText = '500', cardsText = '200'] = process.argv
const turns = Number(turnsText)
const cards = Number(cardsText)
const quiet = { info() {}, warn() {}, error: (...facts: unknown[]) => console.error(...facts) }
const database = await openDatabase({ folder: join(folder, 'pglite'), log: quiet as never })
const store = chatStore({
  db: async () => database.db,
  owner: 'local',
  now: () => new Date(),
  newId: () => randomUUID().replaceAll('-', ''),
})
const session = await store.create({ title: 'A long night', persona: 'default', clusters: [] })

// As conversations are: mostly tables and charts, now and then something rare.
const kinds: CardKind[] = [
  'nodes',
  'table',
  'time-series',
  'status',
  'record',
  'log',
  'table',
  'time-series',
  'progress',
  'trace',
]
const answerOf = (index: number) => {
  const kind = kinds[index % kinds.length]!
  if (kind === 'nodes') return exampleAnswer('nodes', exampleNodes(24))
  if (kind === 'table') return exampleAnswer('table', exampleTable(30))
  if (kind === 'time-series') return exampleAnswer('time-series', exampleSeries(4, 120))
  return exampleAnswer(kind)
}
const prose =
  'Two of the nodes in **gpu-east** do not answer [e1]. Their kubelets stopped posting status `4 m` ago [e1].\n\n' +
  '- `gpu-east-gpu-04` has 14 pods\n- `gpu-east-gpu-08` has 3 pods\n\n| Pool | Free |\n|---|---|\n| gpu | 21 |\n| system | 4 |\n\nLook at their switches first.'

let card = 0
let parent: string | null = null
const rows = Array.from({ length: turns }, (_, index) => {
  const isUser = index % 2 === 0
  const id = `long-${index}`
  // Four answers of five have one, to the very end
  const withCard = !isUser && card < cards && (index >> 1) % 5 !== 4
  const tool = withCard && {
    type: 'dynamic-tool',
    toolName: `list_things_${card % 7}`,
    toolCallId: `call-${index}`,
    state: 'output-available',
    input: { cluster: 'gpu-east', limit: 30 },
    output: {
      text: 'Two nodes do not answer.',
      isError: false,
      tookMs: 84,
      evidence: `e${card + 1}`,
      answer: answerOf(card++),
    },
  }
  const row = {
    id,
    conversationId: session.id,
    position: index,
    parentId: parent,
    role: isUser ? ('user' as const) : ('assistant' as const),
    parts: isUser
      ? [{ type: 'text', text: `What about rack ${index}?` }]
      : [{ type: 'step-start' }, ...(tool ? [tool] : []), { type: 'text', text: prose, state: 'done' }],
    metadata: isUser
      ? null
      : { model: 'bench', tookMs: 1_840, end: 'done', usage: { inputTokens: 4_000, outputTokens: 96 } },
    createdAt: new Date(),
  }
  parent = id
  return row
})
for (let from = 0; from < rows.length; from += 50)
  await database.db.insert(messages).values(rows.slice(from, from + 50))
await database.db
  .update(conversations)
  .set({ head: parent, messageCount: turns })
  .where(eq(conversations.id, session.id))
await database.close()
process.send?.({ id: session.id })
process.disconnect?.()
