import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { desc, sql } from '#db/drizzle.ts'
import { conversations, messages, messageTexts } from '#db/schema/chat.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { ChatMessage } from '../../types.ts'
import { newId } from '../http.ts'
import { parseQuery, tsQuery } from './query.ts'
import { marksIn, snippetOf } from './snippet.ts'
import { chatStore } from './store.ts'
import { searchText, textLimits, withoutSeams } from './texts.ts'

let database: TestDatabase
let clock = Date.parse('2026-11-20T09:00:00Z')
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const tick = () => {
  clock += 1_000
  return new Date(clock)
}
const storeOf = (owner: string) => chatStore({ db: async () => database.db, owner, now: tick, newId })

async function said(owner: string, parts: ChatMessage['parts'] | string, role: ChatMessage['role'] = 'user') {
  const store = storeOf(owner)
  const { id } = await store.create({ persona: 'default', clusters: [] })
  const message: ChatMessage = {
    id: newId(),
    role,
    parts: typeof parts === 'string' ? [{ type: 'text', text: parts }] : parts,
  }
  await store.beginRun({ conversation: id, run: newId(), messageId: newId(), message })
  await store.endRun((await store.runningRun(id))!, 'done', undefined)
  return { conversation: id, message: message.id, store }
}
const toolPart = (text: string): ChatMessage['parts'][number] => ({
  type: 'dynamic-tool',
  toolName: 'list_nodes',
  title: 'Nodes of a cluster',
  toolCallId: 'c',
  state: 'output-available',
  input: {},
  output: { text, isError: false, tookMs: 1 },
})
const found = async (owner: string, text: string) => {
  const hits = await storeOf(owner).search(text)
  return hits.flatMap(({ messageId }) => (messageId ? [messageId] : []))
}

describe('search', () => {
  it('finds words as prefixes, all of them, phrases as they are, and not what must not be there', async () => {
    const { message: one } = await said('w', 'The node gpu-east-01 is draining')
    const { message: two } = await said('w', 'The nodes of gpu-west are fine; draining the node is done')
    expect(await found('w', 'node')).toEqual([two, one])
    expect(await found('w', 'drain nod')).toEqual([two, one])
    expect(await found('w', '"the node"')).toEqual([two, one])
    expect(await found('w', '"the nod"')).toEqual([])
    expect(await found('w', '"node gpu"')).toEqual([one])
    expect(await found('w', 'draining -west')).toEqual([one])
    expect(await found('w', '-"is draining" NODE')).toEqual([two])
    expect(await found('w', '-node')).toEqual([])
    expect(await found('w', '   ')).toEqual([])
  })

  it('finds each word of names that are joined by marks', async () => {
    const { message } = await said('j', 'Qwen/Qwen3-8B at http://10.0.3.7:8000/v1 <unit> a_b pod-7e10-x x.y@z Über')
    const all = [
      'qwen3',
      'qwen3-8b',
      '8b',
      '10.0.3.7',
      '8000',
      'unit',
      'b',
      '7e10',
      'pod-7e1',
      'z',
      'über',
      'ÜBER',
      'Qwen/Q',
    ]
    for (const words of all) expect([words, await found('j', words)]).toEqual([words, [message]])
  })

  it('finds what tools told and their names, marks it, and puts titles first', async () => {
    const { store, conversation } = await said('t', 'Evictions on tuesday?')
    const run = newId()
    const answer: ChatMessage = { id: newId(), role: 'assistant', parts: [toolPart('evicted: pod zebra-7')] }
    await store.beginRun({
      conversation,
      run,
      messageId: answer.id,
      replaceFrom: (await store.messages(conversation))[0]!.id,
    })
    await store.endRun((await store.runningRun(conversation))!, 'done', answer)
    const [hit] = await store.search('zebra')
    expect(hit).toMatchObject({ conversation, messageId: answer.id, role: 'assistant' })
    const { text, marks } = hit!.snippet!
    expect(marks.map(([from, to]) => text.slice(from, to))).toEqual(['zebra'])
    expect(await found('t', 'nodes cluster')).toEqual([answer.id])
    await store.update(conversation, { title: 'Zebra crossing' })
    const hits = await store.search('zebra')
    expect(hits.map(({ messageId }) => messageId)).toEqual([undefined, answer.id])
    expect(hits[0]!.title).toEqual({ text: 'Zebra crossing', marks: [[0, 5]] })
  })

  it('answers own conversations only, and none that has expired (CHT-009, CHT-008)', async () => {
    const { store, conversation } = await said('own', 'quagga')
    expect(await found('own', 'quagga')).toHaveLength(1)
    expect(await found('other', 'quagga')).toEqual([])
    clock += 25 * 3_600_000
    expect(await store.search('quagga')).toEqual([])
    expect(await store.some([conversation])).toEqual([])
  })

  it('keeps so much of a message and no more', () => {
    const parts = [
      ...Array.from({ length: 30 }, () => toolPart('x'.repeat(9_000))),
      { type: 'text' as const, text: 'end' },
    ]
    const text = searchText({ id: 'm', role: 'assistant', parts })
    expect(withoutSeams(text).length).toBeLessThanOrEqual(textLimits.all)
    expect(text).toMatch(/^end\n/)
    expect(text).not.toContain('x'.repeat(textLimits.tool + 1))
  })
})

describe('more messages than are read one after the other', () => {
  it('finds what a look at every one of them finds, newest first', async () => {
    const { db } = database
    const at = (index: number) => new Date(clock - 10_000_000 + index * 1_000)
    const rows = Array.from({ length: 2_400 }, (_, index) => ({ index, conversation: `many${index % 12}` }))
    await db.insert(conversations).values(
      Array.from({ length: 12 }, (_, index) => ({
        id: `many${index}`,
        owner: 'many',
        title: '',
        personaId: 'default',
        clusters: [],
        createdAt: at(0),
        updatedAt: at(2_400),
        // Most have expired: what is found stands far behind what must not be
        expiresAt: index < 10 ? at(0) : null,
      })),
    )
    await db.insert(messages).values(
      rows.map(({ index, conversation }) => ({
        ...{ id: `many-m${index}`, conversationId: conversation, position: index, role: 'user' as const },
        ...{ parts: [], createdAt: at(index) },
      })),
    )
    await db.insert(messageTexts).values(
      rows.map(({ index, conversation }) => ({
        ...{ messageId: `many-m${index}`, conversationId: conversation, owner: 'many', role: 'user' as const },
        at: at(index),
        body: [
          `node gpu-${index % 7}`,
          index < 1_200 ? 'drained at night' : 'at night drained',
          index % 50 === 10 ? 'rare' : 'usual',
          index % 3 ? 'noted' : 'other',
        ].join(' '),
      })),
    )
    const all = ['node', 'rare', '"drained at night"', 'drained-at', 'gpu-3', '"gpu-3 drained"', 'rare -other', 'no']
    for (const text of [...all, '-"drained at" rare', '"noted node"', 'nobody', 'node usual dr']) {
      const looked = await db
        .select({ id: messageTexts.messageId })
        .from(messageTexts)
        .where(
          sql`owner = 'many' and conversation_id in ('many10', 'many11') and words @@ to_tsquery('simple', ${tsQuery(parseQuery(text))})`,
        )
        .orderBy(desc(messageTexts.at))
        .limit(30)
      expect([text, await found('many', text)]).toEqual([text, looked.map(({ id }) => id)])
    }
  })
})

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc
    .array(
      fc.constantFrom(
        "'",
        '"',
        '\\',
        ':*',
        '&',
        '|',
        '!',
        '<->',
        '(',
        ')',
        '-',
        '%',
        '_',
        ' ',
        '\u0000',
        'a',
        '\ud800',
        'node',
      ),
    )
    .map((pieces) => pieces.join('')),
)

describe('whatever is typed', () => {
  it('never breaks the query', async () => {
    const store = storeOf('h')
    await said('h', "node ' & | ! <-> :* \\ (a) _ %")
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        await store.search(text)
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  it('becomes words of letters and digits only', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const query = parseQuery(text)
        for (const { words } of [...query.terms, ...query.without])
          for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}]+$/u)
        expect(tsQuery(query) === undefined).toBe(query.terms.length === 0)
      }),
    )
  })

  it('is marked inside the snippet, in order and apart', () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile), (text, pieces) => {
        const snippet = snippetOf(withoutSeams(pieces.join(' ')), parseQuery(text))
        let end = 0
        for (const [from, to] of snippet.marks) {
          expect(from).toBeGreaterThanOrEqual(end)
          expect(to).toBeGreaterThan(from)
          end = to
        }
        expect(end).toBeLessThanOrEqual(snippet.text.length)
        expect(snippet.text.isWellFormed()).toBe(true)
      }),
    )
  })

  it('stands in the snippet however far back it was said', () => {
    const { text, marks } = snippetOf(
      `${'so on '.repeat(500)}gpu-east-01${' and so on'.repeat(500)}`,
      parseQuery('"gpu-east-01"'),
    )
    expect(marks.map(([from, to]) => text.slice(from, to))).toEqual(['gpu-east-01'])
    expect(text).toMatch(/^….*…$/)
    expect(marksIn('nodes', parseQuery('"node"'))).toEqual([])
  })
})
