import { type RunnerDeps, stopRun } from './active.ts'
import { recover } from './recover.ts'

const waitMs = 900
const pollMs = 50

/**
 * Stops the run of a conversation, whichever process makes it, and waits until it has ended or 900 ms are over. False when there
 * is none, or another one than `run`.
 */
export async function stopAnywhere(deps: RunnerDeps, conversation: string, run?: string): Promise<boolean> {
  if (stopRun(conversation, run)) return true
  const { store, host, now } = deps
  // Nobody makes it any more: this ends it
  const going = await recover(deps, conversation)
  if (!going || (run !== undefined && going.id !== run)) return false
  await host.emit?.({
    name: 'chat.stop-asked',
    subject: `chat/${conversation}`,
    data: { sessionId: conversation, run: going.id },
  })
  const until = now() + waitMs
  while (now() < until && (await store.runState(going.id)) === 'running')
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  return true
}
