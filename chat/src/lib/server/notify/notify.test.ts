import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApprovalPayload, EventEnvelope } from '#contract'
import { testDatabase } from '#db/testing.ts'
import { de } from '../../words/de/index.ts'
import { en } from '../../words/en/index.ts'
import { alertNote, answerNote, approvalNote, deploymentNote } from './notes.ts'
import { type Note, noteStore } from './store.ts'

const at = '2026-11-20T12:00:00.000Z'
const event = (name: string, subject: string, data: Record<string, unknown> = {}): EventEnvelope => ({
  name,
  subject,
  at,
  seq: 1,
  data,
})
const ada = { id: 'ada', name: 'Ada', role: 'owner' }
const approval = {
  id: 'a1',
  tool: 'drain_node',
  title: 'Drain a node',
  risk: 'danger',
  state: 'pending',
  askedBy: 'Bob',
  askedAt: at,
  expiresAt: at,
  plan: { summary: 'Drain gpu-east-h100-11' },
} as unknown as ApprovalPayload

describe('what people are told', () => {
  const of = (name: string, more: Partial<ApprovalPayload> = {}, words = en.notify) =>
    approvalNote(event(name, 'approvals/a1'), { ...approval, ...more }, { words, person: ada })

  it('a change that waits, with a way to its page and in their language', () => {
    expect(of('approval.asked')).toMatchObject({
      kind: 'approval',
      tone: 'bad',
      title: 'Waits for approval: Drain gpu-east-h100-11',
      href: '/approvals/a1',
    })
    expect(of('approval.asked', {}, de.notify)?.title).toBe('Wartet auf Freigabe: Drain gpu-east-h100-11')
  })

  it('a decision replaces it; who decided knows already, but not that it then failed', () => {
    expect(of('approval.started', { decidedBy: 'Bob' })).toMatchObject({ subject: 'approvals/a1', read: false })
    expect(of('approval.started', { decidedBy: 'Ada' })).toMatchObject({ read: true })
    expect(of('approval.failed', { decidedBy: 'Ada' })).toMatchObject({ read: false, tone: 'bad' })
    expect(of('approval.expired')).toMatchObject({ title: 'It expired without a decision', read: false })
    expect(of('approval.progressed')).toBeUndefined()
  })

  it('of alerts only critical ones that fire, one line for all alike on a cluster', () => {
    const fired = { severity: 'critical', state: 'firing', alert: 'GpuXid', cluster: 'gpu-east', summary: 'XID 79' }
    const note = (data: object) =>
      alertNote(event('alert.fired', 'alerts/alert/gpu-east/ff', { ...fired, ...data }), en.notify)
    expect(note({})).toMatchObject({ title: 'Critical: GpuXid on gpu-east', subject: 'alerts/gpu-east/GpuXid' })
    expect([note({ severity: 'warning' }), note({ state: 'silenced' })]).toEqual([undefined, undefined])
  })

  it('that a deployment is ready or failed, and that an answer is there', () => {
    const subject = 'models/deployment/gpu-east/dynamo-system/qwen3-8b'
    expect(deploymentNote(event('deployment.ready', subject), en.notify)).toMatchObject({
      title: 'qwen3-8b is ready',
      href: '/deployments/gpu-east/qwen3-8b',
    })
    expect(deploymentNote(event('deployment.progressed', subject), en.notify)).toBeUndefined()
    const said = event('chat.message-added', 'chat/c1', { role: 'assistant', sessionId: 'c1', preview: 'Two nodes' })
    expect(answerNote(said, { words: en.notify, title: 'XID' })).toMatchObject({ href: '/c/c1', body: 'Two nodes' })
    const asked = { ...said, data: { ...said.data, role: 'user' } }
    expect(answerNote(asked, { words: en.notify, title: 'XID' })).toBeUndefined()
  })
})

describe('kept notifications', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.close())
  const now = () => new Date('2026-11-20T13:00:00Z')
  const of = (owner: string) => noteStore({ db: async () => database.db, owner, now })
  const note = (subject: string, more: Partial<Note> = {}): Note => ({
    kind: 'alert',
    tone: 'bad',
    title: 'T',
    body: '',
    href: '/',
    subject,
    at,
    ...more,
  })

  it('are one of a subject: the newest, whoever writes first and in whatever order', async () => {
    const later = '2026-11-20T12:05:00.000Z'
    const results = await Promise.all([of('ada').put(note('s')), of('ada').put(note('s')), of('ada').put(note('s'))])
    expect(results.filter(Boolean)).toHaveLength(1)
    expect(await of('ada').put(note('s', { title: 'Later', at: later }))).toBe(true)
    expect(await of('ada').put(note('s', { title: 'Late news' }))).toBe(false)
    expect(await of('ada').list()).toMatchObject({ unread: 1, notes: [{ title: 'Later', at: later, read: false }] })
    expect(await of('bob').list()).toEqual({ unread: 0, notes: [] })
  })

  it('are read one by one, by their subject or all; one’s own only', async () => {
    for (const subject of ['a', 'b', 'c']) await of('eve').put(note(subject))
    await of('mal').markRead({})
    expect((await of('eve').list()).unread).toBe(3)
    expect(await of('eve').markRead({ subject: 'a' })).toBe(1)
    const { notes } = await of('eve').list()
    expect(await of('eve').markRead({ ids: [notes.find(({ subject }) => subject === 'b')!.id] })).toBe(1)
    expect(await of('eve').markRead({})).toBe(1)
    expect((await of('eve').list()).unread).toBe(0)
  })

  it('leave after a month', async () => {
    await of('old').put(note('then', { at: '2026-10-01T00:00:00.000Z' }))
    await of('old').put(note('now'))
    expect((await of('old').list()).notes.map(({ subject }) => subject)).toEqual(['now'])
  })
})
