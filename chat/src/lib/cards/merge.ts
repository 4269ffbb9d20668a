import type { Answer, ApprovalPayload, CardData, CardKind, Fact, ProgressStep } from '#contract'
import type { EventEnvelope } from '../types.ts'
import { type LiveSubject, liveSubject } from './live-subject.ts'

/** What a card shows: its answer, and the live events that changed it since. */
export interface LiveCard {
  base: Answer
  /** In the order of `compare`, each once */
  events: EventEnvelope[]
  /** `base` with all events applied */
  shown: Answer
}

/** Events kept apart from the base, so that one that comes late still lands in its place. */
const windowSize = 200

export const liveCard = (answer: Answer): LiveCard => ({ base: answer, events: [], shown: answer })

/** The card on another reading of the same, with the events that it has seen and that the reading has not. */
export function rebased(card: LiveCard, base: Answer): LiveCard {
  const events = card.events.filter(({ at }) => at >= base.at)
  return { base, events, shown: events.reduce(applyPatch, base) }
}

/**
 * What a card shows when it is given another answer. What is followed by events is often given once more as it began, out of the
 * history: what happened since is not told a second time, so it is kept. An approval says itself how far it is.
 */
export function regiven(card: LiveCard, answer: Answer): LiveCard {
  const same = answer.subject !== undefined && answer.subject === card.base.subject && answer.card === card.base.card
  return same && answer.card !== 'approval' ? rebased(card, answer) : liveCard(answer)
}

const text = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** Stored events by their number; one that was only announced comes behind the stored one it names, there by time. */
const compare = (left: EventEnvelope, right: EventEnvelope): number =>
  (left.seq ?? left.after ?? 0) - (right.seq ?? right.after ?? 0) ||
  Number(left.seq === undefined) - Number(right.seq === undefined) ||
  (left.seq === undefined
    ? text(left.at, right.at) || text(left.subject, right.subject) || text(left.name, right.name)
    : 0)

/**
 * Adds an event to a card. The order of arrival does not matter and an event that comes twice counts once: events are applied
 * in the order of their seq.
 */
export function addEvent(card: LiveCard, event: EventEnvelope): LiveCard {
  // The answer was read later than this happened, so it knows better.
  if (event.at < card.base.at) return card
  const at = card.events.findIndex((one) => compare(one, event) >= 0)
  if (at >= 0 && compare(card.events[at]!, event) === 0) return card
  if (at < 0) {
    const events = [...card.events, event]
    const shown = applyPatch(card.shown, event)
    if (events.length <= windowSize) return { base: card.base, events, shown }
    const base = { ...applyPatch(card.base, events[0]!), at: card.base.at }
    return { base, events: events.slice(1), shown }
  }
  if (at === 0 && card.events.length >= windowSize) return card
  const events = card.events.toSpliced(at, 0, event)
  return { base: card.base, events, shown: events.reduce(applyPatch, card.base) }
}

type Json = Record<string, unknown>
type Patcher<T> = (data: T, patch: Json, around: Around) => T

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** Takes the named members of a patch that are there; a member that is absent stays as it was. */
function take<T extends object>(data: T, patch: Json, keys: readonly (keyof T & string)[]): T {
  const taken = Object.fromEntries(keys.filter((key) => patch[key] !== undefined).map((key) => [key, patch[key]]))
  return { ...data, ...taken }
}

interface Around {
  takes: LiveSubject['takes']
  /** Rows there are beyond those loaded */
  partial: boolean
}

interface Merged<T> {
  rows: T[]
  /** Each row that came or changed, before and after */
  changed: [before: T | undefined, after: T][]
}

/**
 * Rows by id: changed in place, removed ones gone. `upsert` adds what is new at the end. A bare row is one thing that changed: it
 * is new, and comes first, only where the list takes it.
 */
function mergeRows<T extends { id: string }>(rows: readonly T[], patch: Json, { takes }: Around): Merged<T> {
  const bare = typeof patch.id === 'string' && patch.upsert === undefined && patch.remove === undefined
  const upsert = (bare ? [patch] : listOf(patch.upsert)).filter((row) => typeof row.id === 'string')
  const gone = new Set(Array.isArray(patch.remove) ? patch.remove : [])
  const byId = new Map(rows.map((row) => [row.id, row]))
  const first: T[] = []
  const changed: Merged<T>['changed'] = []
  for (const row of upsert) {
    const before = byId.get(row.id as string)
    if (bare && !before && !takes(row)) continue
    const after = { ...before, ...row } as T
    changed.push([before, after])
    if (bare && !before) first.push(after)
    else byId.set(after.id, after)
  }
  return { rows: [...first, ...byId.values()].filter(({ id }) => !gone.has(id)), changed }
}

/** Totals that say what they count, after rows changed. Of rows that are not loaded nobody knows what they were. */
function recount(facts: readonly Fact[], changed: Merged<{ id: string }>['changed'], partial: boolean): Fact[] {
  const holds = (counts: Record<string, string>, row: Json | undefined) =>
    row !== undefined && Object.entries(counts).every(([key, value]) => String(row[key] ?? '') === value)
  return facts.map((fact) => {
    const { counts } = fact
    if (!counts) return fact
    const known = partial ? changed.filter(([before]) => before !== undefined) : changed
    const delta = known.reduce(
      (sum, [before, after]) => sum + Number(holds(counts, after)) - Number(holds(counts, before)),
      0,
    )
    return delta === 0 ? fact : { ...fact, value: String(Math.max(0, Number(fact.value) + delta)) }
  })
}

/** A step comes whole: a detail it no longer has is over. */
function mergeSteps(steps: ProgressStep[], patch: Json): ProgressStep[] {
  const byId = new Map(steps.map((step) => [step.id, step]))
  for (const step of listOf(patch.steps))
    if (typeof step.id === 'string') byId.set(step.id, step as unknown as ProgressStep)
  return [...byId.values()]
}

const longestLog = 2000
const longestSeries = 5000

const patchers: { [K in CardKind]: Patcher<CardData[K]> } = {
  table: (data, patch, around) => {
    const { rows, changed } = mergeRows(data.rows, patch, around)
    const { facts } = take(data, patch, ['facts'])
    const counted = facts && patch.facts === undefined ? recount(facts, changed, around.partial) : facts
    return { ...data, rows, ...(counted && { facts: counted }) }
  },
  nodes: (data, patch, around) => ({ ...data, nodes: mergeRows(data.nodes, patch, around).rows }),
  progress: (data, patch) => ({
    ...take(data, patch, ['state', 'message', 'percent', 'facts', 'endedAt']),
    steps: mergeSteps(data.steps, patch),
  }),
  measurement: (data, patch) => ({
    ...take(data, patch, [
      'state',
      'verdict',
      'tone',
      'percent',
      'metrics',
      'facts',
      'failures',
      'comparison',
      'notes',
      'endedAt',
    ]),
    steps: mergeSteps(data.steps, patch),
  }),
  status: (data, patch) => take(data, patch, ['state', 'tone', 'summary', 'facts']),
  ledger: (data, patch) => take(data, patch, ['state', 'tone']),
  approval: (data, patch) =>
    take(data, patch, [
      ...(['state', 'decidedBy', 'decidedAt', 'reason', 'supersededBy', 'outcome', 'changes', 'expiresAt'] as const),
      ...(['applyAt', 'cancelledBy', 'startedAt', 'endedAt', 'firstBy', 'firstAt', 'grant', 'rolledBackBy'] as const),
    ]),
  log: (data, patch) => {
    const seen = new Set(data.lines.map(({ n }) => n))
    const fresh = listOf(patch.append).filter(
      ({ n, text }) => typeof n === 'number' && typeof text === 'string' && !seen.has(n),
    )
    if (fresh.length === 0) return data
    const lines = [...data.lines, ...(fresh as unknown as typeof data.lines)].sort((a, b) => a.n - b.n)
    return { ...data, lines: lines.slice(-longestLog) }
  },
  'time-series': (data, patch) => {
    const added = new Map(listOf(patch.append).map((one) => [one.id, one.values]))
    if (added.size === 0) return data
    return {
      ...data,
      series: data.series.map((one) => {
        const points = added.get(one.id)
        if (!Array.isArray(points)) return one
        const byTime = new Map([...one.values, ...(points as typeof one.values)].map((point) => [point[0], point]))
        const values = [...byTime.values()].sort((a, b) => a[0] - b[0]).slice(-longestSeries)
        return { ...one, values, last: Number(values.at(-1)?.[1]) }
      }),
    }
  },
  findings: (data) => data,
  trace: (data) => data,
  graph: (data) => data,
  cost: (data) => data,
  report: (data) => data,
  record: (data) => data,
  error: (data) => data,
  empty: (data) => data,
}

export const isCardKind = (kind: string): kind is CardKind => kind in patchers

/** The approval an answer carries: asked for (`approval`) or read (`data` of an approval card). */
export const approvalOf = (answer: Answer): ApprovalPayload | undefined =>
  answer.approval ?? (answer.card === 'approval' ? (answer.data as ApprovalPayload | undefined) : undefined)

const nowhere: Around = { takes: () => false, partial: false }

function applyPatch(answer: Answer, event: EventEnvelope): Answer {
  const { card } = answer
  if (!isCardKind(card)) return answer
  const patch = event.data
  const at = event.at > answer.at ? event.at : answer.at
  if (card === 'approval') {
    const approval = approvalOf(answer)
    if (!approval) return answer
    const next = patchers.approval(approval, patch, nowhere)
    return answer.approval ? { ...answer, approval: next, at } : { ...answer, data: next as Json, at }
  }
  if (!answer.data) return answer
  const { shown = 0, total = 0, subject = '' } = answer
  const around = { takes: liveSubject(subject).takes, partial: total > shown }
  try {
    return { ...answer, data: (patchers[card] as unknown as Patcher<Json>)(answer.data, patch, around), at }
  } catch {
    // A card that does not have the shape of its kind stays as it is.
    return answer
  }
}
