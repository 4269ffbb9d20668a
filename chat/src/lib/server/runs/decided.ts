import { type ApprovalPayload, isToolError } from '#contract'
import type { ChatMessage, Session, ToolOutput } from '../../types.ts'
import { approvalNote, hasBegun, isSettled, readApproval } from '../approvals.ts'
import { activeRun, type RunnerDeps, whenFree } from './active.ts'
import { startRun } from './runner.ts'
import { tellStored } from './tell.ts'

/** The same for every device and process: a note is in the conversation once, whoever adds it. */
const noteId = (approval: string, state: string) => `note-${approval}-${state}`.slice(0, 64)

/**
 * Tells the model of a conversation how an approval ended, once, and lets it answer when no other approval of the same turn is
 * open. What only expired needs no answer. Waits for a run that this process makes. Undefined when there is nothing to tell.
 */
export async function continueDecided(deps: RunnerDeps, conversation: string, id: string): Promise<void> {
  if (activeRun(conversation)) return whenFree(conversation, () => continueDecided(deps, conversation, id))
  const { host, store } = deps
  const session = await store.get(conversation)
  const approval = await readApproval(host, session, id)
  if (!isSettled(approval.state)) return
  const history = await store.messages(conversation)
  const told = (state: string) =>
    history.some(({ metadata }) => metadata?.note?.approval === id && metadata.note.state === state)
  if (told(approval.state) || ranInCall(history, id)) return
  const message: ChatMessage = {
    id: noteId(id, approval.state),
    role: 'user',
    parts: [{ type: 'text', text: approvalNote(approval) }],
    metadata: {
      note: {
        approval: id,
        state: approval.state,
        what: approval.plan.summary.slice(0, 200),
        ...(hasBegun(approval) && { begun: true }),
      },
      at: new Date(deps.now()).toISOString(),
    },
  }
  const { notes, asked } = lastTurn(history)
  const states = [...notes.map(({ state }) => state), approval.state]
  const others = asked.filter((other) => other !== id && !notes.some(({ approval: noted }) => noted === other))
  try {
    if (states.every((state) => state === 'expired') || (await someOpen(deps, session, others)))
      await addNote(deps, session, message)
    else await startRun(deps, { session, message })
  } catch (error) {
    // The page, another process or another event was first
    if ((await store.messages(conversation)).some((known) => known.id === message.id)) return
    if (!isToolError(error) || error.code !== 'conflict') throw error
    if (activeRun(conversation)) whenFree(conversation, () => continueDecided(deps, conversation, id))
  }
}

/** What ended while nobody listened, for example while the server was down. */
export async function continueMissed(deps: RunnerDeps, conversation: string): Promise<void> {
  if (activeRun(conversation)) return
  const { notes, asked } = lastTurn(await deps.store.messages(conversation))
  for (const id of asked)
    if (!notes.some(({ approval }) => approval === id)) await continueDecided(deps, conversation, id)
}

/** The approvals that the last answer asked for, and what was noted since. */
export function lastTurn(history: readonly ChatMessage[]) {
  const index = history.findLastIndex(({ role }) => role === 'assistant')
  const asked = (history[index] ? [history[index]] : []).flatMap(approvalsOf).map(({ id }) => id)
  const notes = history.slice(index + 1).flatMap(({ metadata }) => (metadata?.note ? [metadata.note] : []))
  return { asked: [...new Set(asked)], notes }
}

const approvalsOf = ({ parts }: ChatMessage): ApprovalPayload[] =>
  parts.flatMap((part) => {
    if (part.type !== 'dynamic-tool' || part.state !== 'output-available') return []
    return (part.output as ToolOutput | undefined)?.answer?.approval ?? []
  })

/** Allowed beforehand: the call ran at once, and the model read there what came of it. */
export const ranInCall = (history: readonly ChatMessage[], id: string): boolean =>
  history.flatMap(approvalsOf).some((approval) => approval.id === id && isSettled(approval.state))

/** One that cannot be read holds nobody up. */
async function someOpen({ host }: RunnerDeps, session: Session, ids: readonly string[]): Promise<boolean> {
  const states = await Promise.all(
    ids.map((id) =>
      readApproval(host, session, id).then(
        ({ state }) => state,
        () => undefined,
      ),
    ),
  )
  return states.some((state) => state !== undefined && !isSettled(state))
}

/** A note that nobody answers: a run that ends as it begins. */
async function addNote({ host, store, newId, now }: RunnerDeps, session: Session, message: ChatMessage): Promise<void> {
  const run = newId()
  const messageId = newId()
  await store.beginRun({ conversation: session.id, run, messageId, message })
  const row = { id: run, conversation: session.id, messageId, state: 'running' as const, startedAt: new Date(now()) }
  await store.endRun(row, 'done', undefined)
  void tellStored(host, session.id, message)
}
