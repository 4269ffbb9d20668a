import type { Answer } from '#contract'
import type { ChatMessage, Session, SharedConversation, SharedTurn } from '../../types.ts'
import { type ExportedTurn, turnsOf } from '../export/turns.ts'
import { hide } from './hide.ts'

/** Cards of a share stand still: nothing in them is asked again, and nothing can be decided. */
function still(answer: Answer): Answer {
  const { subject: _s, result: _r, cursor: _c, next: _n, approval, ...rest } = answer
  if (!approval) return rest
  const { summary, steps, impact, rollback } = approval.plan
  return {
    card: 'record',
    at: answer.at,
    data: {
      title: approval.title,
      kind: 'change',
      facts: [
        { label: 'Plan', value: summary },
        { label: 'State', value: approval.state },
        ...(approval.decidedBy ? [{ label: 'Decided by', value: approval.decidedBy }] : []),
        ...impact.map(({ label, value }) => ({ label, value })),
        ...steps.map(({ verb, target }, index) => ({ label: `Step ${index + 1}`, value: `${verb} ${target}` })),
        ...(rollback ? [{ label: 'Undo', value: rollback }] : []),
      ],
    },
  }
}

const turnOf = ({ role, at, text, calls, notices, unsupported, files }: ExportedTurn): SharedTurn => ({
  role,
  ...(at && { at }),
  text,
  notices,
  unsupported,
  files,
  calls: calls.map(({ tool, state, answer, evidence }) => ({
    tool,
    state,
    ...(evidence && { evidence }),
    ...(answer && { answer: still(answer) }),
  })),
})

/**
 * What others see of a conversation: no reasoning, no files, no raw arguments, no secrets, no addresses; names of the fleet
 * and of people only where their owner wants it. A copy: what is said later is not in it.
 */
export function sharedCopy(
  session: Session,
  messages: readonly ChatMessage[],
  options: { hideNames: boolean; person: string; clusters: readonly string[]; redact: <T>(value: T) => T; at: string },
): SharedConversation {
  const { hideNames, person, clusters, redact, at } = options
  const turns = turnsOf(messages)
  const hidden = hide(
    { title: session.title, turns },
    { names: hideNames, clusters: [...session.clusters, ...clusters], people: hideNames ? [person] : [] },
  )
  return redact({
    title: hidden.title,
    at,
    ...(!hideNames && { by: person }),
    hidesNames: hideNames,
    turns: hidden.turns.map(turnOf),
  })
}
