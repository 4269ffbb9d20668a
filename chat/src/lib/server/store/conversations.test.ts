import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { ChatMessage } from '../../types.ts'
import { newId } from '../http.ts'
import { type ChatStore, chatStore } from './store.ts'
import { sweepExpired } from './sweep.ts'

const hourMs = 3_600_000
let database: TestDatabase
let clock = Date.parse('2026-11-20T09:00:00Z')
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const storeOf = (owner: string) => chatStore({ db: async () => database.db, owner, now: () => new Date(clock), newId })

async function said(store: ChatStore, text: string, metadata?: ChatMessage['metadata']) {
  const { id } = await store.create({ persona: 'default', clusters: [] })
  await say(store, id, text)
  const answer: ChatMessage = { id: newId(), role: 'assistant', parts: [], metadata }
  await store.endRun((await store.runningRun(id))!, 'done', answer)
  return id
}
const say = (store: ChatStore, conversation: string, text: string) =>
  store.beginRun({
    conversation,
    run: newId(),
    messageId: newId(),
    message: { id: newId(), role: 'user', parts: [{ type: 'text', text }] },
  })

describe('the list of conversations', () => {
  it('has pinned ones first and comes in pages that miss and repeat nothing (CHT-002)', async () => {
    const store = storeOf('list')
    const ids: string[] = []
    for (let index = 0; index < 7; index++) {
      // Two at the same moment: the order must still be one
      if (index % 2 === 0) clock += 1_000
      ids.push(await said(store, `question ${index}`))
    }
    await store.update(ids[0]!, { pinned: true })
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await store.list({ limit: 2, after })
      seen.push(...page.sessions.map(({ id }) => id))
      after = page.next
    } while (after)
    expect(seen[0]).toBe(ids[0])
    expect([...seen].sort()).toEqual([...ids].sort())
    expect(seen).toHaveLength(7)
    expect((await store.list({ after: "'; drop table conversations" })).sessions).toHaveLength(7)
    expect(await storeOf('another').list()).toEqual({ sessions: [] })
  })

  it('says which one is being answered and which waits for a decision', async () => {
    const store = storeOf('doing')
    const waiting = await said(store, 'scale', { end: 'approval' })
    const done = await said(store, 'look', { end: 'done' })
    const answering = await said(store, 'look longer')
    await say(store, answering, 'more')
    const { sessions } = await store.list()
    expect(Object.fromEntries(sessions.map(({ id, doing }) => [id, doing]))).toEqual({
      [waiting]: 'waiting',
      [done]: undefined,
      [answering]: 'answering',
    })
  })
})

describe('a conversation', () => {
  it('is named by its first question until a person names it (CHT-010)', async () => {
    const store = storeOf('names')
    const id = await said(store, 'Which nodes?')
    expect(await store.get(id)).toMatchObject({ title: 'Which nodes?' })
    expect(await store.update(id, { title: 'Nodes' })).toMatchObject({ title: 'Nodes', named: true })
    await say(store, id, 'And now?')
    expect(await store.get(id)).toMatchObject({ title: 'Nodes', named: true })
  })

  it('takes pinned, mode and model; only of its owner (CHT-009)', async () => {
    const store = storeOf('patch')
    const id = await said(store, 'q')
    expect(await store.update(id, { mode: 'read-only', model: 'qwen' })).toMatchObject({
      mode: 'read-only',
      model: 'qwen',
    })
    await expect(storeOf('bo').update(id, { pinned: true })).rejects.toMatchObject({
      code: 'session-not-found',
      status: 404,
    })
    expect(await storeOf('bo').some([id])).toEqual([])
  })

  it('never expires while it is pinned, and stays a day when it no longer is (CHT-007)', async () => {
    const store = storeOf('pins')
    const id = await said(store, 'keep this')
    expect(await store.update(id, { pinned: true })).not.toHaveProperty('expiresAt')
    clock += 30 * 24 * hourMs
    expect(await store.get(id)).toMatchObject({ pinned: true })
    const { expiresAt } = await store.update(id, { pinned: false })
    expect(Date.parse(expiresAt!)).toBe(clock + 24 * hourMs)
    clock += hourMs
    await say(store, id, 'more')
    expect((await store.get(id)).expiresAt).toBe(expiresAt)
  })

  it('is told to have expired for a week and then leaves the database; a pinned one never (CHT-008)', async () => {
    const store = storeOf('sweep')
    const [gone, pinned] = [await said(store, 'go'), await said(store, 'stay')]
    await store.update(pinned, { pinned: true })
    const deps = { db: async () => database.db, now: () => clock }
    clock += 30 * hourMs
    await sweepExpired(deps, { again: true })
    await expect(store.get(gone)).rejects.toMatchObject({ code: 'session-expired', status: 410 })
    clock += 8 * 24 * hourMs
    expect(await sweepExpired(deps, { again: true })).toBeGreaterThan(0)
    await expect(store.get(gone)).rejects.toMatchObject({ code: 'session-not-found', status: 404 })
    expect(await store.get(pinned)).toMatchObject({ pinned: true })
    expect(await sweepExpired(deps)).toBe(0)
  })
})
