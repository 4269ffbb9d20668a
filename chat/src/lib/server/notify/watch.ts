import { setTimeout as wait } from 'node:timers/promises'
import type { ApprovalPayload, EventEnvelope } from '#contract'
import { eq } from '#db/drizzle.ts'
import { conversations } from '#db/schema/chat.ts'
import type { Words } from '../../words/index.ts'
import { loadWords } from '../../words/index.ts'
import { readApproval } from '../approvals.ts'
import type { ChatHost, ChatProcess } from '../host.ts'
import { preferenceStore } from '../preferences.ts'
import { sendPush } from '../push/send.ts'
import { subscriptionStore } from '../push/subscriptions.ts'
import { pushIdentity } from '../push/vapid.ts'
import { alertNote, answerNote, approvalNote, deploymentNote } from './notes.ts'
import { everyone, mayDecide, onePerson } from './people.ts'
import { type Note, noteStore } from './store.ts'

type Person = ChatHost['person']
type Writer = (words: Words['notify'], person: Person) => Note | undefined

const watched = new WeakSet<ChatProcess>()
const now = () => new Date()
/** Approvals are read outside any conversation */
const nowhere = { id: 'notifications', persona: 'default', clusters: [] }

/** Listens, once per process, for what people should be told of though they look elsewhere. */
export function watchForPeople(host: ChatHost): void {
  const { process } = host
  if (!process || watched.has(process)) return
  watched.add(process)
  const on = (pattern: string, work: (event: EventEnvelope) => Promise<void>) =>
    process.onEvent(pattern, (event) => {
      void work(event).catch((error) => host.log.warn({ error, event: event.name }, 'people could not be told'))
    })
  on('approvals/*', async (event) => {
    if (event.name === 'approval.progressed') return
    const id = event.subject.slice('approvals/'.length)
    const deciders = (await everyone(await host.db())).filter(mayDecide)
    if (deciders.length === 0) return
    const approval = await readApproval(process.hostOf(deciders[0]!), nowhere, id)
    await Promise.all(
      deciders.map(async (person) => {
        const told = await tell(host, person, (words) => approvalNote(event, approval, { words, person }))
        if (told && event.name === 'approval.asked') await pushApproval(host, person, { approval, note: told })
      }),
    )
  })
  const everybody = (write: (event: EventEnvelope, words: Words['notify']) => Note | undefined) => {
    return async (event: EventEnvelope) => {
      const people = await everyone(await host.db())
      await Promise.all(people.map((person) => tell(host, person, (words) => write(event, words))))
    }
  }
  const ofAlerts = everybody(alertNote)
  on('alerts/alert/*', async (event) => {
    if (event.name === 'alert.fired' && event.data.severity === 'critical') await ofAlerts(event)
  })
  const ofDeployments = everybody(deploymentNote)
  on('models/deployment/*', async (event) => {
    if (event.name === 'deployment.ready' || event.name === 'deployment.failed') await ofDeployments(event)
  })
  on('chat/*', async (event) => {
    if (event.name !== 'chat.message-added' || event.data.role !== 'assistant') return
    const db = await host.db()
    const [row] = await db
      .select({ owner: conversations.owner, title: conversations.title })
      .from(conversations)
      .where(eq(conversations.id, String(event.data.sessionId)))
    const person = row && (await onePerson(db, row.owner))
    if (person) await tell(host, person, (words) => answerNote(event, { words, title: row.title }))
  })
}

/** Notes it for one person in their language, unless they do not want to hear of such things. Undefined: known already. */
async function tell(host: ChatHost, person: Person, write: Writer): Promise<Note | undefined> {
  const deps = { db: host.db, owner: person.id, now }
  const { language, notify } = await preferenceStore(deps).read()
  const note = write((await loadWords(language)).notify, person)
  if (!note) return undefined
  // What was decided ends the waiting, also for who does not want to hear of decisions
  const unwanted = !notify[note.kind]
  if (unwanted && note.kind !== 'decided') return undefined
  if (!(await noteStore(deps).put({ ...note, read: note.read === true || unwanted }))) return undefined
  await tellChanged(host, person.id)
  return note
}

/** Pages of this person look again. Nothing of it is in the event: events are for every reader. */
export const tellChanged = async (host: ChatHost, owner: string): Promise<void> =>
  host.emit?.({ name: 'notifications.changed', subject: `notifications/${owner}/changed`, data: {} })

/** What people may know on a locked screen: what waits and where; the page says the rest. */
async function pushApproval(
  host: ChatHost,
  person: Person,
  { approval, note }: { approval: ApprovalPayload; note: Note },
): Promise<void> {
  await pushTo(host, person, { title: note.title, body: note.body, href: note.href, tag: approval.id })
}

/** To every device of a person. How many were reached, and how many not. */
export async function pushTo(
  host: ChatHost,
  person: Person,
  message: { title: string; body: string; href: string; tag: string },
): Promise<{ sent: number; failed: number }> {
  const { push } = host.process ?? {}
  if (!push) return { sent: 0, failed: 0 }
  const identity = pushIdentity(push)
  const store = subscriptionStore({ db: host.db, owner: person.id, now })
  const outcomes = await Promise.all(
    (await store.targets()).map(async (target) => {
      const outcome = await sendPush(target, message, { identity, now: () => Date.now(), wait })
      await store.note(target.endpoint, outcome)
      if (outcome.state === 'failed') host.log.warn({ why: outcome.why }, 'a device could not be told')
      return outcome
    }),
  )
  const sent = outcomes.filter(({ state }) => state === 'sent').length
  return { sent, failed: outcomes.length - sent }
}
