import type { ChatHost, ChatProcess } from '../host.ts'
import { waitingEverywhere } from '../store/runs.ts'
import { chatStore } from '../store/store.ts'
import { activeRun, type RunnerDeps, stopRun } from './active.ts'
import { continueDecided, continueMissed, lastTurn } from './decided.ts'
import { settleAllCutOff } from './recover.ts'

/** Conversations that a start looks at */
const mostMissed = 200

const attended = new WeakSet<ChatProcess>()

/** Listens, once per process, for what the server has to do in a conversation though no page of it is open. */
export function attend(host: ChatHost, newId: () => string): void {
  const { process } = host
  if (!process || attended.has(process)) return
  attended.add(process)
  void settleAllCutOff({ host, now: () => Date.now(), newId })
    .catch((error) => host.log.warn({ error }, 'answers that were cut off could not be settled'))
    .then(() => continueAllMissed(host, newId))
    .catch((error) => host.log.warn({ error }, 'decisions of the time before the start could not be told'))
  process.onEvent('chat/*', ({ name, data }) => {
    if (name === 'chat.stop-asked') stopRun(String(data.sessionId), String(data.run))
  })
  process.onEvent('approvals/*', ({ name, subject }) => {
    if (!subject.startsWith('approvals/') || name === 'approval.asked') return
    const id = subject.slice('approvals/'.length)
    void decided(process, id, newId).catch((error) =>
      host.log.warn({ error, approval: id }, 'a conversation could not be told of a decision'),
    )
  })
}

async function decided(process: ChatProcess, id: string, newId: () => string): Promise<void> {
  const asker = await process.approvalAsker(id)
  if (asker?.conversation === undefined) return
  await continueDecided(depsFor(process, asker.person, newId), asker.conversation, id)
}

/**
 * What was decided while no process listened: the newest conversations that wait for an approval are told of it, one after the
 * other, so that a start does not ask the model in all of them at once.
 */
async function continueAllMissed(host: ChatHost, newId: () => string): Promise<void> {
  const { process } = host
  if (!process) return
  for (const { conversation, owner } of await waitingEverywhere(await host.db(), mostMissed)) {
    try {
      const store = chatStore({ db: host.db, owner, now: () => new Date(), newId })
      const [asked] = lastTurn(await store.messages(conversation)).asked
      const asker = asked === undefined ? undefined : await process.approvalAsker(asked)
      if (asker?.person.id !== owner || asker.conversation !== conversation) continue
      await continueMissed(depsFor(process, asker.person, newId), conversation)
      await activeRun(conversation)?.done
    } catch (error) {
      host.log.warn({ error, conversation }, 'a conversation could not be told of a decision')
    }
  }
}

function depsFor(process: ChatProcess, person: ChatHost['person'], newId: () => string): RunnerDeps {
  const host = process.hostOf(person)
  const now = () => Date.now()
  const store = chatStore({ db: host.db, owner: host.person.id, now: () => new Date(now()), newId })
  return { host, store, now, newId }
}
