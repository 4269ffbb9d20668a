import { isToolError } from '#contract'
import type { ChatMessage, QueuedMessage, RunEnd } from '../../types.ts'
import { personFiles } from '../attachments/store.ts'
import { type ActiveRun, activeRun, type RunnerDeps, takeWaiting } from './active.ts'
import { makeRun, type RunInput } from './make-run.ts'
import { queueOf } from './queue-store.ts'
import { recover } from './recover.ts'
import { tellQueue } from './tell.ts'

export { type ActiveRun, activeRun, type RunnerDeps, stopRun } from './active.ts'
export { recover, resumeRun } from './recover.ts'

/**
 * Saves what was said, starts the answer and hands back its stream. What waits for the end of the answer follows by itself.
 * ToolError conflict when an answer is going on.
 */
export async function startRun(deps: RunnerDeps, input: RunInput): Promise<ActiveRun> {
  const run = await makeRun(deps, input)
  const { id } = input.session
  void run.done
    .then(
      (answer) => answer?.metadata?.end,
      () => undefined,
    )
    .then((end) => follow(deps, id, end))
    .catch((error) => deps.host.log.warn({ error, conversation: id }, 'what waited for an answer could not follow'))
  return run
}

/** After a run: first what waited for this moment, then, when it ended well, the next question. */
async function follow(deps: RunnerDeps, conversation: string, end: RunEnd | undefined): Promise<void> {
  for (const work of takeWaiting(conversation)) await work()
  if (end === 'done') await askNext(deps, conversation)
}

/** Asks the first message that waits, if no answer is being made here. */
async function askNext(deps: RunnerDeps, conversation: string): Promise<void> {
  if (activeRun(conversation)) return
  const [next] = await queueOf(deps).list(conversation)
  if (next) await askQueued(deps, conversation, next)
}

/** Makes a waiting message the next question. Its id stays, so that it is asked once whoever tries. */
export async function askQueued(deps: RunnerDeps, conversation: string, queued: QueuedMessage): Promise<void> {
  const session = await deps.store.get(conversation)
  // A file that is gone must not keep the question from being asked
  const files = await personFiles(deps)
    .send(queued.attachments, conversation)
    .catch(() => [])
  const message: ChatMessage = {
    id: queued.id,
    role: 'user',
    parts: [{ type: 'text', text: queued.text }],
    metadata: { at: new Date(deps.now()).toISOString(), ...(files.length > 0 && { attachments: files }) },
  }
  try {
    await startRun(deps, { session, message })
  } catch (error) {
    // Another device or process was first: it waits for that answer
    if (!isToolError(error) || error.code !== 'conflict') throw error
  } finally {
    await queueOf(deps).forgetAsked(conversation)
    void tellQueue(deps.host, conversation)
  }
}

/** A message that came when the answer had just ended well: nobody would ask it. */
export async function askIfIdle(deps: RunnerDeps, conversation: string): Promise<void> {
  if (await recover(deps, conversation)) return
  const last = (await deps.store.messages(conversation)).at(-1)
  if (last?.role === 'assistant' && last.metadata?.end === 'done') await askNext(deps, conversation)
}
