import type { Answer, ApprovalPayload } from '#contract'
import { approvalOf } from '../cards/merge.ts'
import type { ChatMessage } from '../types.ts'
import { callOf, type ToolCall } from './parts.ts'
import { argumentsOf } from './tool-words.ts'

/** Tools whose answer is for the model, and mistakes of the model that it corrects itself: their row is enough. */
const quietTools = new Set(['search_tools'])
/** Kinds of card that have to be seen, whatever else stands. */
const mustKinds = new Set(['approval', 'progress'])
const quietErrors = new Set(['invalid-input', 'unknown-tool'])
/** Cards of a turn that stand open; the others wait behind "2 more cards". */
const openAtMost = 3

/** Cards that a person has to see: a decision, something that goes on. */
const mustStand = (answer: Answer) => mustKinds.has(answer.card) || answer.approval !== undefined

/** A read that found one fact: the sentence says it, and the row tells where it is from. */
export function isOneFact({ card, data, subject }: Answer): boolean {
  if (!data || subject) return false
  const listed = (key: string) => (Array.isArray(data[key]) ? (data[key] as unknown[]) : [])
  if (card === 'record') return listed('facts').length <= 1 && !data.yaml
  if (card === 'table')
    return listed('rows').length <= 1 && listed('columns').length <= 2 && listed('facts').length === 0
  if (card === 'time-series') {
    const [only, ...more] = listed('series') as { values?: unknown[] }[]
    return more.length === 0 && (only?.values?.length ?? 0) <= 1
  }
  return false
}

const pagingKeys = new Set(['cursor', 'limit', 'offset', 'page'])
/** The same list, asked once more or further down. */
const sameList = (call: ToolCall): string =>
  JSON.stringify([
    call.name,
    Object.entries(argumentsOf(call))
      .filter(([key]) => !pagingKeys.has(key))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  ])

/** A change that one of the turn's calls asked for. */
export interface AskedChange {
  approval: ApprovalPayload
  call: string
}

export interface CardsOfTurn {
  /** Ids of the calls whose card stands in the turn */
  open: ReadonlySet<string>
  /** Ids of the calls that still run and whose card will stand in the turn: room is made for it */
  coming: ReadonlySet<string>
  /** Changes that stand as one list, two or more; by how they were asked, so that the list stays when they are decided */
  asked: readonly AskedChange[]
  /** Those behind "more cards", in the order of the calls */
  folded: readonly ToolCall[]
}

/** Whether its answer is a card that the turn will show, as far as the call tells. */
const isComing = ({ state, card, name }: ToolCall) => state === 'running' && card !== undefined && !quietTools.has(name)

/** Which of a turn's answers deserve a card. Pure over the calls so far: a card that stands is only ever replaced by a later reading of the same list. */
export function cardsOf(message: ChatMessage): CardsOfTurn {
  const calls = message.parts.flatMap((part) => (part.type === 'dynamic-tool' ? [callOf(part)] : []))
  const last = new Map(
    calls.filter(({ output }) => output?.answer && !output.isError).map((call) => [sameList(call), call.id]),
  )
  const worked = new Set(calls.filter(({ state }) => state === 'done').map(({ name }) => name))
  const worth = calls.filter((call) => {
    const answer = call.output?.answer
    if (!answer || quietTools.has(call.name)) return false
    if (mustStand(answer)) return true
    // What went wrong and then went right is a matter of the row.
    if (answer.error) return !quietErrors.has(answer.error.code) && !worked.has(call.name)
    return last.get(sameList(call)) === call.id && !isOneFact(answer)
  })
  const telling = worth.filter(({ output }) => !output?.answer?.empty)
  // "Nothing found" beside findings is a step on the way.
  const kept = telling.length > 0 ? telling : worth.slice(-1)
  const changes = kept.flatMap(({ id, output }) => {
    const approval = approvalOf(output!.answer!)
    return approval?.state === 'pending' ? [{ approval, call: id }] : []
  })
  const asked = changes.length > 1 ? changes : []
  const listed = new Set(asked.map(({ call }) => call))
  const must = kept.filter(({ output }) => mustStand(output!.answer!))
  const others = kept.filter((call) => !must.includes(call))
  const room = Math.max(0, openAtMost - must.length)
  // A fold for a single card would only hide it.
  const standing = others.length <= room + 1 ? others : others.slice(0, room)
  const shown = new Set(others.map(({ id }) => id))
  const coming = calls.filter(
    (call) => isComing(call) && !last.has(sameList(call)) && (call.card !== 'approval' || changes.length === 0),
  )
  const inTurn = calls.filter((call) => shown.has(call.id) || (coming.includes(call) && !mustKinds.has(call.card!)))
  return {
    coming: new Set(
      coming.filter((call) => mustKinds.has(call.card!) || inTurn.indexOf(call) < room).map(({ id }) => id),
    ),
    open: new Set([...must, ...standing].map(({ id }) => id).filter((id) => !listed.has(id))),
    asked,
    folded: others.slice(standing.length),
  }
}
