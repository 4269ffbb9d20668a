import { ToolError } from '#contract'
import type { ChatMessage } from '../../types.ts'
import { activeRun, type RunnerDeps } from './active.ts'
import { queueOf, waitsNoMore } from './queue-store.ts'
import { recover } from './recover.ts'
import { askQueued, startRun } from './runner.ts'
import { stopAnywhere } from './stop.ts'

const note =
  '[Note from Quartermaster, not from the person] The answer above was cut off in the middle by a restart of the server. Go on where it ended: repeat nothing that was said, and call again what was cut off before it answered.'

/** Goes on with the same question after an answer that was cut off. ToolError conflict when an answer is being made, or none was cut off. */
export async function goOn(deps: RunnerDeps, conversation: string): Promise<void> {
  const session = await deps.store.get(conversation)
  const last = (await deps.store.messages(conversation)).at(-1)
  if (last?.role !== 'assistant' || last.metadata?.end !== 'interrupted')
    throw new ToolError('conflict', 'The last answer was not cut off.', { next: 'Ask what you want to know.' })
  const message: ChatMessage = {
    // One per answer that was cut off: two devices cannot both go on
    id: `go-on-${last.id}`.slice(0, 64),
    role: 'user',
    parts: [{ type: 'text', text: note }],
    metadata: { note: { approval: '', state: 'go-on' }, at: new Date(deps.now()).toISOString() },
  }
  await startRun(deps, { session, message })
}

/** Ends the answer that is being made and asks a waiting message next. ToolError not-found when it does not wait any more. */
export async function askNow(deps: RunnerDeps, conversation: string, id: string): Promise<void> {
  const queued = (await queueOf(deps).list(conversation)).find((message) => message.id === id)
  if (!queued) throw waitsNoMore()
  const going = activeRun(conversation)
  await stopAnywhere(deps, conversation)
  await going?.done.catch(() => undefined)
  if (!going) await recover(deps, conversation)
  await askQueued(deps, conversation, queued)
}
