import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exampleAnswer, exampleNodes, exampleTable } from '../../../testing/examples.ts'
import type { EventEnvelope } from '../types.ts'
import { addEvent, approvalOf, liveCard, regiven } from './merge.ts'

const at = (seq: number) => new Date(Date.parse('2026-11-20T09:00:01.000Z') + seq * 1000).toISOString()
const event = (seq: number, data: Record<string, unknown>): EventEnvelope => ({
  seq,
  name: 'x.changed',
  subject: 's',
  at: at(seq),
  data,
})

/** One that was only announced: it has no number of its own. */
const announced = (after: number, index: number, data: Record<string, unknown>): EventEnvelope => {
  const { seq: _, ...rest } = event(after, data)
  return { ...rest, after, subject: `s/${index}` }
}

const progressPatch = fc.record(
  {
    percent: fc.integer({ min: 0, max: 100 }),
    state: fc.constantFrom('running', 'succeeded', 'failed'),
    message: fc.string(),
    steps: fc.array(
      fc.record({
        id: fc.constantFrom('apply', 'weights', 'new'),
        label: fc.string(),
        state: fc.constantFrom('running', 'succeeded'),
      }),
    ),
  },
  { requiredKeys: [] },
)
const rowPatch = fc.oneof(
  fc.record({
    upsert: fc.array(fc.record({ id: fc.constantFrom('alert-0', 'alert-1', 'alert-9'), value: fc.integer() })),
  }),
  fc.record({ remove: fc.array(fc.constantFrom('alert-0', 'alert-1', 'alert-9')) }),
  fc.record({ id: fc.constantFrom('alert-0', 'alert-2'), value: fc.integer() }),
)
const logPatch = fc.record({
  append: fc.array(fc.record({ n: fc.integer({ min: 1, max: 60 }), text: fc.constant('line') })),
})

const measurementPatch = fc.record(
  {
    percent: fc.integer({ min: 0, max: 100 }),
    state: fc.constantFrom('running', 'succeeded', 'failed'),
    verdict: fc.string(),
    steps: fc.array(
      fc.record({
        id: fc.constantFrom('models', 'load'),
        label: fc.string(),
        state: fc.constantFrom('running', 'succeeded'),
      }),
    ),
    facts: fc.array(fc.record({ label: fc.string(), value: fc.string() }), { maxLength: 3 }),
    notes: fc.array(fc.string(), { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

const kinds = [
  ['measurement', exampleAnswer('measurement'), measurementPatch],
  ['progress', exampleAnswer('progress'), progressPatch],
  ['table', exampleAnswer('table', exampleTable(4)), rowPatch],
  ['log', exampleAnswer('log'), logPatch],
] as const

describe.each(kinds)('live events on a %s card', (_kind, answer, patch) => {
  const events = fc
    .array(patch as fc.Arbitrary<Record<string, unknown>>, { maxLength: 12 })
    .map((patches) => patches.map((data, index) => event(index + 1, data)))
    .chain((stored) =>
      fc
        .array(fc.tuple(patch as fc.Arbitrary<Record<string, unknown>>, fc.nat(stored.length)), { maxLength: 6 })
        .map((more) => [...stored, ...more.map(([data, after], index) => announced(after, index, data))]),
    )
  const fold = (list: readonly EventEnvelope[]) => list.reduce(addEvent, liveCard(answer)).shown

  it('end the same in every order of arrival', () => {
    fc.assert(
      fc.property(
        events.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([inOrder, shuffled]) => {
          expect(fold(shuffled)).toEqual(fold(inOrder))
        },
      ),
    )
  })

  it('count once, however often they come', () => {
    fc.assert(
      fc.property(events, (list) => {
        expect(fold([...list, ...list])).toEqual(fold(list))
      }),
    )
  })

  it('change nothing of what they were applied to', () => {
    fc.assert(
      fc.property(events, (list) => {
        const before = structuredClone(answer)
        fold(list)
        expect(answer).toEqual(before)
      }),
    )
  })
})

describe('live events', () => {
  it('change a node in place, add new ones and remove gone ones', () => {
    const card = addEvent(
      liveCard(exampleAnswer('nodes', exampleNodes(2))),
      event(1, {
        upsert: [
          { id: 'kubernetes/gpu-east/node-0', status: 'cordoned' },
          { id: 'n', name: 'new' },
        ],
        remove: ['kubernetes/gpu-west/node-1'],
      }),
    )
    const { nodes } = card.shown.data as {
      nodes: { id: string; status?: string; name?: string; gpuCapacity?: number }[]
    }
    expect(nodes.map(({ id }) => id)).toEqual(['kubernetes/gpu-east/node-0', 'n'])
    expect(nodes[0]).toMatchObject({ status: 'cordoned', gpuCapacity: 8 })
  })

  it('add a row only to a list that takes it, first; a change of one that is not there is left out', () => {
    const row = { id: 'east/f9', alert: 'New', state: 'firing', severity: 'critical', cluster: 'east' }
    const shown = (subject: string, more: object = {}) => {
      const answer = { ...exampleAnswer('table', exampleTable(2)), subject }
      const { rows } = addEvent(liveCard(answer), event(1, { ...row, ...more })).shown.data as {
        rows: { id: string }[]
      }
      return rows.map(({ id }) => id)
    }
    const before = ['alert-0', 'alert-1']
    expect(shown('alerts/alert/*')).toEqual(before)
    expect(shown('alerts/alert/*?state=firing%2Csilenced')).toEqual(['east/f9', ...before])
    expect(shown('alerts/alert/*?state=firing&cluster=west')).toEqual(before)
    expect(shown('alerts/alert/*?state=firing&severity=critical&cluster=west%2Ceast')).toHaveLength(3)
    expect(shown('alerts/alert/*?state=firing', { state: 'resolved' })).toEqual(before)
    expect(shown('alerts/alert/*?state=firing&id=none')).toEqual(before)
  })

  it('keep totals right that say what they count, as far as the rows are known', () => {
    const rows = ['a', 'b'].map((id) => ({ id, state: 'firing', severity: 'critical' }))
    const facts = [
      { label: 'firing', value: '2', counts: { state: 'firing' } },
      { label: 'critical', value: '2', counts: { state: 'firing', severity: 'critical' } },
      { label: 'other', value: '7' },
    ]
    const data = { title: 'x', columns: [], rows, facts }
    const answer = { card: 'table', data, at: at(0), subject: 'alerts/alert/*?state=firing' }
    const news = [
      event(1, { id: 'a', state: 'resolved' }),
      event(2, { id: 'c', state: 'firing', severity: 'info' }),
      event(3, { id: 'unknown', state: 'resolved' }),
    ]
    const totals = (base: typeof answer & { shown?: number; total?: number }) =>
      (news.reduce(addEvent, liveCard(base)).shown.data as typeof data).facts.map(({ value }) => value)
    expect(totals(answer)).toEqual(['2', '1', '7'])
    expect(totals({ ...answer, shown: 2, total: 9 })).toEqual(['1', '1', '7'])
  })

  it('take an approval to its outcome, also where it was read and not asked for', () => {
    const outcome = { card: 'progress', at: at(3) }
    const asked = exampleAnswer('approval')
    const read = { ...asked, approval: undefined, data: asked.approval as unknown as Record<string, unknown> }
    for (const answer of [asked, read])
      expect(
        approvalOf(addEvent(liveCard(answer), event(2, { state: 'succeeded', decidedBy: 'Ada', outcome })).shown),
      ).toMatchObject({
        state: 'succeeded',
        decidedBy: 'Ada',
        outcome,
        plan: { verb: 'Deploy Qwen3-8B' },
      })
  })

  it('drop the detail of a step that no longer has one', () => {
    const step = { id: 'weights', label: 'Download weights', state: 'succeeded' }
    const { steps } = addEvent(liveCard(exampleAnswer('progress')), event(1, { steps: [step] })).shown.data as {
      steps: object[]
    }
    expect(steps[2]).toEqual(step)
  })

  it('append points to their series only', () => {
    const answer = exampleAnswer('time-series')
    const [first, second] = (answer.data as { series: { values: unknown[] }[] }).series
    const card = addEvent(
      liveCard(answer),
      event(1, { append: [{ id: 'series-0', values: [[2_000_000_000, '1.5']] }] }),
    )
    const { series } = card.shown.data as { series: { values: unknown[]; last: number }[] }
    expect(series[0]!.values).toHaveLength(first!.values.length + 1)
    expect(series[0]!.last).toBe(1.5)
    expect(series[1]!.values).toHaveLength(second!.values.length)
  })

  it('from before the answer was read are left out', () => {
    const answer = exampleAnswer('progress')
    const old = { ...event(1, { percent: 1 }), at: '2026-11-20T08:00:00.000Z' }
    expect(addEvent(liveCard(answer), old).shown).toEqual(answer)
  })

  it('stay where the same answer is given once more as it began, and go where another is given', () => {
    const begun = { ...exampleAnswer('progress'), subject: 'kubernetes/change/1' }
    const ended = addEvent(liveCard(begun), event(1, { state: 'succeeded', percent: 100 }))
    expect(regiven(ended, structuredClone(begun)).shown).toEqual(ended.shown)
    const later = { ...begun, at: '2026-11-21T00:00:00.000Z' }
    expect(regiven(ended, later).shown).toEqual(later)
    const other = { ...begun, subject: 'kubernetes/change/2' }
    expect(regiven(ended, other).shown).toEqual(other)
  })

  it('that fit no kind or no shape leave the card as it was', () => {
    const strange = { card: 'hologram', data: { x: 1 }, at: at(0) }
    expect(addEvent(liveCard(strange), event(1, { x: 2 })).shown).toEqual(strange)
    const broken = { card: 'table', data: { rows: 'none' }, at: at(0) }
    expect(addEvent(liveCard(broken), event(1, { upsert: [{ id: 'a' }] })).shown.data).toEqual({ rows: 'none' })
  })

  it('stay bounded over a long life', () => {
    let card = liveCard(exampleAnswer('progress'))
    for (let seq = 1; seq <= 1000; seq++) card = addEvent(card, event(seq, { percent: seq % 100 }))
    expect(card.events.length).toBeLessThanOrEqual(200)
    expect(card.shown.data).toMatchObject({ percent: 0 })
  })
})
