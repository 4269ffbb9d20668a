import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eq } from '#db/drizzle.ts'
import { conversations, messages } from '#db/schema/chat.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { ChatMessage } from '../../types.ts'
import { newId } from '../http.ts'
import { type ChatStore, chatStore } from './store.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const storeOf = (owner = 'ada') => chatStore({ db: async () => database.db, owner, now: () => new Date(), newId })
const user = (text: string): ChatMessage => ({ id: newId(), role: 'user', parts: [{ type: 'text', text }] })
const answer = (text: string): ChatMessage => ({ id: newId(), role: 'assistant', parts: [{ type: 'text', text }] })
const wordsOf = (shown: ChatMessage[]) =>
  shown.map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join(''))

async function ask(
  store: ChatStore,
  conversation: string,
  { replaceFrom, says, answers }: { replaceFrom?: string; says?: ChatMessage; answers?: ChatMessage },
) {
  const history = await store.beginRun({
    conversation,
    run: newId(),
    messageId: answers?.id ?? newId(),
    message: says,
    replaceFrom,
  })
  await store.endRun((await store.runningRun(conversation))!, 'done', answers)
  return history
}
const begin = (store: ChatStore) => store.create({ persona: 'default', clusters: [] }).then(({ id }) => id)

describe('a question that is put differently', () => {
  it('stands beside the first one, and either can be shown with all that followed', async () => {
    const store = storeOf()
    const id = await begin(store)
    const [q1, a1, q2, a2, q2b, a2b] = [user('one'), answer('1'), user('two'), answer('2'), user('two b'), answer('2b')]
    await ask(store, id, { says: q1, answers: a1 })
    await ask(store, id, { says: q2, answers: a2 })
    const history = await ask(store, id, { says: q2b, answers: a2b, replaceFrom: q2.id })
    expect(wordsOf(history)).toEqual(['one', '1', 'two b'])
    const shown = await store.messages(id)
    expect(wordsOf(shown)).toEqual(['one', '1', 'two b', '2b'])
    expect(shown.map(({ metadata }) => metadata?.alternatives)).toEqual([
      undefined,
      undefined,
      [q2.id, q2b.id],
      undefined,
    ])
    await store.switchTo(id, q2.id)
    expect(wordsOf(await store.messages(id))).toEqual(['one', '1', 'two', '2'])
    expect((await store.get(id)).messageCount).toBe(6)
  })

  it('is asked once more, and not twice, when its page says the same under the same id', async () => {
    const store = storeOf()
    const id = await begin(store)
    const question = user('one')
    await ask(store, id, { says: question, answers: answer('1') })
    await ask(store, id, { says: question, answers: answer('1b'), replaceFrom: question.id })
    const shown = await store.messages(id)
    expect(wordsOf(shown)).toEqual(['one', '1b'])
    expect(shown[1]!.metadata!.alternatives).toHaveLength(2)
    const neverArrived = user('two')
    await ask(store, id, { says: neverArrived, answers: answer('2'), replaceFrom: neverArrived.id })
    expect(wordsOf(await store.messages(id))).toEqual(['one', '1b', 'two', '2'])
  })
})

describe('an answer that is asked for again', () => {
  it('stands beside the first one; when nothing comes of it the last one is shown', async () => {
    const store = storeOf()
    const id = await begin(store)
    const [question, first, second] = [user('one'), answer('1'), answer('1b')]
    await ask(store, id, { says: question, answers: first })
    const history = await ask(store, id, { replaceFrom: first.id, answers: second })
    expect(wordsOf(history)).toEqual(['one'])
    expect((await store.messages(id))[1]!.metadata!.alternatives).toEqual([first.id, second.id])
    await ask(store, id, { replaceFrom: second.id })
    expect(wordsOf(await store.messages(id))).toEqual(['one', '1b'])
    await expect(ask(store, id, { replaceFrom: 'nobody' })).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('an answer to a question that was first passed over', () => {
  it('is no alternative to the question that followed; both can be shown', async () => {
    const store = storeOf()
    const id = await begin(store)
    const [passed, next, late] = [user('one'), user('two'), answer('1')]
    await ask(store, id, { says: passed })
    await ask(store, id, { says: next, answers: answer('2') })
    expect(wordsOf(await store.messages(id))).toEqual(['one', 'two', '2'])
    await ask(store, id, { replaceFrom: passed.id, answers: late })
    const shown = await store.messages(id)
    expect(wordsOf(shown)).toEqual(['one', '1'])
    expect(shown.map(({ metadata }) => metadata?.alternatives)).toEqual([undefined, undefined])
    await ask(store, id, { replaceFrom: late.id, answers: answer('1b') })
    expect((await store.messages(id))[1]!.metadata!.alternatives).toHaveLength(2)
    // Search leads there
    await store.switchTo(id, next.id)
    expect(wordsOf(await store.messages(id))).toEqual(['one', 'two', '2'])
  })
})

describe('another branch', () => {
  it('is not shown while an answer is being made, nor to anybody else (CHT-009)', async () => {
    const store = storeOf()
    const id = await begin(store)
    const question = user('one')
    await ask(store, id, { says: question, answers: answer('1') })
    await store.beginRun({ conversation: id, run: newId(), messageId: newId(), message: user('two') })
    await expect(store.switchTo(id, question.id)).rejects.toMatchObject({ code: 'conflict', status: 409 })
    await store.endRun((await store.runningRun(id))!, 'aborted', undefined)
    await expect(storeOf('bo').switchTo(id, question.id)).rejects.toMatchObject({ code: 'session-not-found' })
    await expect(storeOf('bo').page(id, {})).rejects.toMatchObject({ code: 'session-not-found' })
    await expect(store.switchTo(id, 'nobody')).rejects.toMatchObject({ code: 'not-found', status: 404 })
    const other = await begin(store)
    await expect(store.switchTo(other, question.id)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('a page of a conversation', () => {
  it('is its end, then what comes before, and holds the message that was looked for', async () => {
    const store = storeOf()
    const id = await begin(store)
    const said = Array.from({ length: 10 }, (_, index) => ({ says: user(`q${index}`), answers: answer(`a${index}`) }))
    for (const pair of said) await ask(store, id, pair)
    const last = await store.page(id, { limit: 6 })
    expect([wordsOf(last.messages)[0], last.messages.length, last.earlier]).toEqual(['q7', 6, true])
    const before = await store.page(id, { limit: 6, before: last.messages[0]!.id })
    expect(wordsOf(before.messages)).toEqual(['q4', 'a4', 'q5', 'a5', 'q6', 'a6'])
    const rest = await store.page(id, { limit: 50, before: before.messages[0]!.id })
    expect([rest.messages.length, rest.earlier]).toEqual([8, false])
    const holding = await store.page(id, { limit: 2, holding: said[5]!.says.id })
    expect(wordsOf(holding.messages)[0]).toBe('q2')
    expect(holding.messages).toHaveLength(16)
    const aside = answer('aside')
    await ask(store, id, { replaceFrom: said[5]!.answers.id, answers: aside })
    expect(await store.page(id, { limit: 2, holding: said[8]!.says.id })).toMatchObject({ elsewhere: true })
    await expect(store.page(id, { before: said[8]!.says.id })).rejects.toMatchObject({ code: 'not-found' })
  })
})

const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('say' as const), answered: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('edit' as const), answered: fc.boolean(), at: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('again' as const), answered: fc.boolean(), at: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('switch' as const), at: fc.nat(99) }) },
)

describe('whatever is said, changed, asked again and switched to', () => {
  it('keeps every message, shows one way from a first message to the last, and reaches all of them', async () => {
    const store = storeOf('carl')
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 14 }), async (acts) => {
        const id = await begin(store)
        const written = new Map<string, string>()
        for (const [index, one] of acts.entries()) {
          const shown = await store.messages(id)
          const says = user(`q${index}`)
          const answers = 'answered' in one && one.answered ? answer(`a${index}`) : undefined
          const note = (message?: ChatMessage) => message && written.set(message.id, wordsOf([message])[0]!)
          if (one.does === 'switch') {
            const all = [...written.keys()]
            if (all.length > 0) await store.switchTo(id, all[one.at % all.length]!)
          } else if (one.does === 'say') {
            await ask(store, id, { says, answers })
            note(says)
            note(answers)
          } else {
            const meant = shown.filter(({ role }) => one.does === 'again' || role === 'user')
            const replaceFrom = meant[one.at % Math.max(1, meant.length)]?.id
            if (!replaceFrom) continue
            await ask(store, id, { replaceFrom, answers, ...(one.does === 'edit' && { says }) })
            if (one.does === 'edit') note(says)
            note(answers)
          }
          await isWhole(store, id, written)
        }
      }),
      { numRuns: 25 },
    )
  }, 120_000)
})

async function isWhole(store: ChatStore, id: string, written: Map<string, string>) {
  const { db } = database
  const rows = await db.select().from(messages).where(eq(messages.conversationId, id))
  expect(new Map(rows.map((row) => [row.id, wordsOf([row as never])[0]]))).toEqual(written)
  expect(new Set(rows.map(({ position }) => position)).size).toBe(rows.length)
  const shown = await store.messages(id)
  const [row] = await db.select().from(conversations).where(eq(conversations.id, id))
  expect(shown.at(-1)?.id ?? null).toBe(row!.head)
  const parents = new Map(rows.map(({ id: message, parentId }) => [message, parentId]))
  for (const [index, message] of shown.entries()) expect(parents.get(message.id)).toBe(shown[index - 1]?.id ?? null)
  for (const { id: message, metadata, role } of shown) {
    const beside = rows
      .filter((one) => one.parentId === parents.get(message) && one.role === role)
      .sort((a, b) => a.position - b.position)
    expect(metadata?.alternatives ?? [message]).toEqual(beside.map((one) => one.id))
  }
  // Nothing hangs in the air: what was ever written stands below the first messages
  const reached = new Set(rows.flatMap(({ id: message, parentId }) => (parentId === null ? [message] : [])))
  for (let size = -1; size !== reached.size; ) {
    size = reached.size
    for (const { id: message, parentId } of rows) if (parentId !== null && reached.has(parentId)) reached.add(message)
  }
  expect(reached.size).toBe(written.size)
}
