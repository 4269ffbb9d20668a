import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApprovalState, approval, isToolError } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { createEvents, type Events } from '../events/outbox.ts'
import { newApproval } from './approval-store.test-data.ts'
import { type ApprovalStore, approvalCard, createApprovalStore } from './approval-store.ts'

const start = new Date('2026-11-20T12:00:00Z').getTime()
const lifeMs = 10_000
const windowMs = 1_000
const terminal: ApprovalState[] = ['denied', 'cancelled', 'expired', 'superseded', 'succeeded', 'failed', 'interrupted']

type Step =
  | { do: 'claim' | 'schedule' | 'start' | 'cancel' | 'deny' | 'expire' | 'supersede' | 'recover' }
  | { do: 'finish'; state: 'succeeded' | 'failed' | 'interrupted' }
  | { do: 'wait'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ do: 'claim' }, { do: 'deny' }, { do: 'expire' }, { do: 'supersede' }, { do: 'recover' }),
  fc.constantFrom<Step>({ do: 'schedule' }, { do: 'start' }, { do: 'cancel' }),
  fc.record({
    do: fc.constant('finish' as const),
    state: fc.constantFrom('succeeded' as const, 'failed' as const, 'interrupted' as const),
  }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, lifeMs / 2, lifeMs) }),
)

describe('the states of an approval', () => {
  let database: TestDatabase
  let clock = start
  let events: Events
  let store: ApprovalStore
  const now = () => new Date(clock)

  beforeAll(async () => {
    database = await testDatabase()
    events = createEvents({ database: database.lazy, now })
    store = createApprovalStore({ database: database.lazy, events, now })
  })
  afterAll(() => database?.close())

  async function take(id: string, action: Step): Promise<unknown> {
    switch (action.do) {
      case 'claim':
        return store.claim(id, { by: 'Ada' })
      case 'schedule':
        return store.schedule(id, { by: 'Ada' }, windowMs)
      case 'start':
        return store.start(id)
      case 'cancel':
        return store.cancel(id, { by: 'Bo' })
      case 'deny':
        return store.deny(id, { by: 'Ada', reason: 'no' })
      case 'expire':
        return store.expireDue()
      case 'supersede':
        return store.supersede(id, 'another', ['price'])
      case 'finish':
        return store.finish(id, { state: action.state, outcome: { done: true } })
      case 'recover':
        return Promise.all((await store.interruptedSince(now())).map((row) => store.takeOver(row)))
      case 'wait':
        clock += action.ms
    }
  }

  it('never run a change twice, never leave an end, and every step is an event (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        clock = start
        const { id } = await store.create(newApproval({ expiresAt: new Date(start + lifeMs) }))
        const states: ApprovalState[] = ['pending']
        let runs = 0
        for (const action of steps) {
          const before = await store.get(id)
          const outcome = await take(id, action).then(
            () => 'done' as const,
            (error) => (isToolError(error) ? error.code : Promise.reject(error)),
          )
          const after = await store.get(id)
          if ((action.do === 'claim' || action.do === 'start') && outcome === 'done') {
            runs += 1
            if (action.do === 'claim') expect(clock).toBeLessThan(start + lifeMs)
            // never before the time to cancel is over
            else expect(clock).toBeGreaterThanOrEqual(Date.parse(after.applyAt!))
          }
          if (terminal.includes(before.state)) expect(after).toEqual(before)
          if (after.state !== before.state) states.push(after.state)
          // a refusal changes nothing, except that what is past its time is seen to be
          if (outcome !== 'done' && after.state !== before.state) expect(after.state).toBe('expired')
        }
        expect(runs).toBeLessThanOrEqual(1)
        expect(states.filter((state) => state === 'running')).toHaveLength(runs)
        const told = await events.after(0, { subjects: [`approvals/${id}`] }, 100)
        expect(told.map(({ data }) => data.state)).toEqual(states)
        const shown = approvalCard(await store.get(id))
        // What another process took over began again: pages hear of the moment with its next step
        const again = steps.some((one) => one.do === 'recover') && { startedAt: shown.startedAt }
        expect(approval.payload.parse({ ...shown, ...told.at(-1)?.data, ...again })).toEqual(shown)
      }),
      { numRuns: 60 },
    )
  })

  it('let one of many deciders win, whatever they decide (property)', async () => {
    const deciders = fc.array(
      fc.constantFrom<Step>({ do: 'claim' }, { do: 'deny' }, { do: 'supersede' }, { do: 'claim' }),
      { minLength: 2, maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(deciders, async (actions) => {
        clock = start
        const { id } = await store.create(newApproval({ expiresAt: new Date(start + lifeMs) }))
        const ends = await Promise.allSettled(actions.map((action) => take(id, action)))
        expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        for (const end of ends) if (end.status === 'rejected') expect(end.reason.code).toBe('approval-used')
      }),
      { numRuns: 25 },
    )
  })

  it('let a cancel and a start of the same moment not both win (property)', async () => {
    const rivals = fc.array(fc.constantFrom<Step>({ do: 'start' }, { do: 'cancel' }), { minLength: 2, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(rivals, async (actions) => {
        clock = start
        const { id } = await store.create(newApproval({ expiresAt: new Date(start + lifeMs) }))
        await store.schedule(id, { by: 'Ada' }, windowMs)
        clock = start + windowMs
        const ends = await Promise.allSettled(actions.map((action) => take(id, action)))
        expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect(['running', 'cancelled']).toContain((await store.get(id)).state)
      }),
      { numRuns: 25 },
    )
  })
})
