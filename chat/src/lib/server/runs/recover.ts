import { noticesIn } from '../../words/notices-in.ts'
import type { ChatChunk } from '../agent/loop.ts'
import { preferenceStore } from '../preferences.ts'
import { runningEverywhere } from '../store/runs.ts'
import { chatStore, type RunRow } from '../store/store.ts'
import { activeRun, type RunnerDeps } from './active.ts'
import { messageOf } from './chunks.ts'
import { queueOf } from './queue-store.ts'
import { tellStored } from './tell.ts'

const silentMs = 15_000
const pollMs = 150

/**
 * A run that is marked as running while no living process makes it was cut off: its text is kept, it counts as interrupted.
 * On the embedded store there is no other process; on PostgreSQL the last sign of life decides.
 */
export async function recover(deps: RunnerDeps, conversation: string): Promise<RunRow | undefined> {
  return activeRun(conversation)?.row ?? settleCutOff(deps, conversation)
}

/** The same for runs that this process does not make. `owner`: whose conversation it is, and in whose language it is said. */
export async function settleCutOff(
  deps: RunnerDeps,
  conversation: string,
  owner = deps.host.person.id,
): Promise<RunRow | undefined> {
  const { store, host, now } = deps
  const row = await store.runningRun(conversation)
  if (!row) return undefined
  const batches = await store.chunks(row.id, -1)
  const lastSign = Math.max(row.startedAt.getTime(), ...batches.map(({ batch }) => batch.at))
  if (!host.embeddedStore && now() - lastSign < silentMs) return row
  const chunks = batches.flatMap(({ batch }) => batch.chunks as ChatChunk[])
  const { language } = await preferenceStore({ db: host.db, owner, now: () => new Date(now()) })
    .read()
    .catch(() => ({ language: undefined }))
  const message = await messageOf([
    // It may have ended before its first piece was stored
    { type: 'start', messageId: row.messageId },
    ...chunks,
    {
      type: 'data-notice',
      id: 'interrupted',
      data: {
        text: noticesIn(language).restarted,
      },
    },
    { type: 'finish', messageMetadata: { end: 'interrupted' } },
  ])
  if (await store.endRun(row, 'interrupted', message)) {
    await queueOf(deps).settle(conversation)
    void tellStored(host, conversation, message)
  }
  return undefined
}

/**
 * Settles what was cut off when a process ended, in everybody's conversations: nobody has to open one to see that nothing is being
 * made there. Where another process may live it asks once more when that one would have given a sign.
 */
export async function settleAllCutOff(
  { host, now, newId }: Omit<RunnerDeps, 'store'>,
  { began = new Date(now()), again = true } = {},
): Promise<void> {
  // What was begun meanwhile is being made
  const going = await runningEverywhere(await host.db(), began)
  let unsure = false
  for (const { owner, conversation } of going) {
    if (activeRun(conversation)) continue
    const store = chatStore({ db: host.db, owner, now: () => new Date(now()), newId })
    if (await settleCutOff({ host, store, now, newId }, conversation, owner)) unsure = true
  }
  if (!unsure || !again) return
  await new Promise((resolve) => setTimeout(resolve, silentMs).unref())
  await settleAllCutOff({ host, now, newId }, { began, again: false })
}

/** The stream of the answer that is being made, from its beginning; undefined when there is none. */
export async function resumeRun(
  deps: RunnerDeps,
  conversation: string,
): Promise<ReadableStream<ChatChunk> | undefined> {
  const own = activeRun(conversation)
  if (own) return own.log.follow()
  const row = await recover(deps, conversation)
  return row && followElsewhere(deps, row)
}

/** Reads a run that another process makes out of the store. */
function followElsewhere(deps: RunnerDeps, row: RunRow): ReadableStream<ChatChunk> {
  const { store } = deps
  let after = -1
  let cancelled = false
  return new ReadableStream<ChatChunk>({
    async pull(controller) {
      while (!cancelled) {
        const batches = await store.chunks(row.id, after)
        for (const { seq, batch } of batches) {
          after = seq
          for (const chunk of batch.chunks as ChatChunk[]) controller.enqueue(chunk)
        }
        if (batches.length > 0) return
        if (!(await recover(deps, row.conversation))) {
          controller.close()
          return
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
    },
    cancel() {
      cancelled = true
    },
  })
}
