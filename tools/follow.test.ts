import { describe, expect, it } from 'vitest'
import type { ProgressStep } from '#contract'
import { firstSteps, followRows, obstacle, patchOf, percentOf, stepsNow } from './follow.ts'
import { asPod } from './kubernetes/service.ts'
import { podOf } from './kubernetes/testing.ts'
import { testContext } from './testing.ts'

const labels = { applied: 'Accepted', head: 'Head', ready: 'Ready' }
const start = new Date('2026-11-20T12:00:00Z')
const later = new Date('2026-11-20T12:05:00Z')

describe('steps', () => {
  it('begin with the first done and the second under way', () => {
    const steps = firstSteps(labels, start)
    expect(steps.map(({ state }) => state)).toEqual(['succeeded', 'running', 'pending'])
    expect(percentOf(steps)).toBe(33)
  })

  it('keep the time at which they got their state, and only the current one has a detail', () => {
    const steps = stepsNow({
      labels,
      before: firstSteps(labels, start),
      reached: [true, true, false],
      details: ['a', 'b', '1 of 2'],
      failed: false,
      now: later,
    })
    expect(steps).toEqual([
      { id: 'applied', label: 'Accepted', state: 'succeeded', at: start.toISOString() },
      { id: 'head', label: 'Head', state: 'succeeded', at: later.toISOString() },
      { id: 'ready', label: 'Ready', state: 'running', detail: '1 of 2', at: later.toISOString() },
    ])
  })

  it('fail where they stand; what was not reached stays open', () => {
    const steps = stepsNow({ labels, before: [], reached: [true, false, false], details: [], failed: true, now: later })
    expect(steps.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'pending'])
  })
})

describe('the patch of a card', () => {
  it('empties a message that is over and leaves out what never changes', () => {
    const card = { title: 't', state: 'running' as const, steps: [], facts: [], startedAt: 'x' }
    expect(patchOf(card)).toEqual({ state: 'running', steps: [], facts: [], message: '' })
    expect(patchOf({ ...card, message: 'm' })).toMatchObject({ message: 'm' })
  })
})

describe('what keeps pods from running', () => {
  const waits = podOf({
    name: 'w',
    status: {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
      ],
    },
  })
  const crashes = podOf({
    name: 'c',
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'm', state: { waiting: { reason: 'ImagePullBackOff', message: 'not found: x:1' } } }],
    },
  })
  it('is said by the scheduler first, then by the kubelet', () => {
    expect(obstacle([crashes, waits].map(asPod), start)).toBe('w waits for a node: 0/3 nodes are available')
    expect(obstacle([crashes].map(asPod), start)).toBe('c: ImagePullBackOff, not found: x:1')
    expect(obstacle([podOf()].map(asPod), start)).toBeUndefined()
  })
})

describe('following rows', () => {
  const row = (id: string, cluster: string) => ({
    id,
    cluster,
    state: 'initializing',
    message: null as string | null,
    steps: [{ label: 'A', id: 'a', state: 'running', at: 'x' }] as ProgressStep[],
  })

  it('hands on what changed only; a row that cannot be looked at holds up no other', async () => {
    const changed: string[] = []
    const rows = [row('bad', 'east'), row('same', 'east'), row('new', 'east'), row('other', 'west')]
    await followRows(testContext({ clients: {} }), rows, {
      look: async ({ id, state, message, steps }) => {
        if (id === 'bad') throw new Error('forbidden')
        // the database gives members back in another order
        const again = steps.map(({ at, state, label, id }) => ({ at: at!, id, state, label }))
        return { state: id === 'new' ? 'running' : state, message, steps: again }
      },
      changed: async ({ id }) => {
        changed.push(id)
      },
    })
    expect(changed).toEqual(['new'])
  })
})
