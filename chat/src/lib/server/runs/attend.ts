import type { ChatHost, ChatProcess } from '../host.ts'
import { chatStore } from '../store/store.ts'
import { type RunnerDeps, stopRun } from './active.ts'
import { continueDecided } from './decided.ts'
import { settleAllCutOff } from './recover.ts'

const attended = new WeakSet<ChatProcess>()

/** Listens, once per process, for what the server has to do in a conversation though no page of it is open. */
export function attend(host: ChatHost, newId: () => string): void {
  const { process } = host
  if (!process || attended.has(process)) return
  attended.add(process)
  void settleAllCutOff({ host, now: () => Date.now(), newId }).catch((error) =>
    host.log.warn({ error }, 'answers that were cut off could not be settled'),
  )
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
  const host = process.hostOf(asker.person)
  const now = () => Date.now()
  const store = chatStore({ db: host.db, owner: host.person.id, now: () => new Date(now()), newId })
  const deps: RunnerDeps = { host, store, now, newId }
  await continueDecided(deps, asker.conversation, id)
}
