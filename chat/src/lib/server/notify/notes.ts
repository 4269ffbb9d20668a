import type { ApprovalPayload, EventEnvelope } from '#contract'
import type { Words } from '../../words/index.ts'
import type { ChatHost } from '../host.ts'
import type { Note } from './store.ts'

type NotifyWords = Words['notify']
type Person = ChatHost['person']

const word = (value: unknown): string => (typeof value === 'string' ? value : '')
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

/** What everybody who may decide should know of a step of an approval. */
export function approvalNote(
  event: EventEnvelope,
  approval: ApprovalPayload,
  { words, person }: { words: NotifyWords; person: Person },
): Note | undefined {
  const step = event.name.slice('approval.'.length)
  const common = { href: `/approvals/${approval.id}`, subject: `approvals/${approval.id}`, at: event.at }
  const summary = cut(approval.plan.summary, 160)
  if (step === 'asked')
    return {
      ...common,
      kind: 'approval',
      tone: approval.risk === 'danger' ? 'bad' : 'warn',
      title: words.approvalWaits(summary),
      body: words.askedBy(approval.askedBy),
    }
  if (!(step in words.decided)) return undefined
  const said = step as keyof NotifyWords['decided']
  const bad = said === 'failed' || said === 'interrupted'
  const who = approval.decidedBy ?? words.somebody
  return {
    ...common,
    kind: 'decided',
    tone: bad ? 'bad' : said === 'denied' || said === 'expired' ? 'neutral' : 'good',
    title: words.decided[said](who),
    body: summary,
    // Whoever decided knows; that it then failed they do not
    read: !bad && approval.decidedBy === person.name,
  }
}

/** What everybody should know of an alert: only that something critical began to fire, one line for all alike on a cluster. */
export function alertNote({ name, data, at }: EventEnvelope, words: NotifyWords): Note | undefined {
  if (name !== 'alert.fired' || data.severity !== 'critical' || data.state !== 'firing') return undefined
  const [alert, cluster] = [word(data.alert), word(data.cluster)]
  return {
    kind: 'alert',
    tone: 'bad',
    title: words.alertFires(alert, cluster),
    body: cut(word(data.summary), 200),
    href: `/alerts?cluster=${encodeURIComponent(cluster)}`,
    subject: `alerts/${cluster}/${alert}`,
    at,
  }
}

/** What everybody should know of a deployment: that it is ready, or that it failed. */
export function deploymentNote({ name, subject, data, at }: EventEnvelope, words: NotifyWords): Note | undefined {
  const ready = name === 'deployment.ready'
  if (!ready && name !== 'deployment.failed') return undefined
  const [, , cluster = '', , deployment = ''] = subject.split('/')
  return {
    kind: 'deployment',
    tone: ready ? 'good' : 'bad',
    title: ready ? words.deploymentReady(deployment) : words.deploymentFailed(deployment),
    body: [cluster, cut(word(data.message), 160)].filter(Boolean).join(': '),
    href: `/deployments/${encodeURIComponent(cluster)}/${encodeURIComponent(deployment)}`,
    subject,
    at,
  }
}

/** What the owner of a conversation should know: that an answer is there. */
export function answerNote(
  { name, data, at }: EventEnvelope,
  { words, title }: { words: NotifyWords; title: string },
): Note | undefined {
  if (name !== 'chat.message-added' || data.role !== 'assistant') return undefined
  const id = word(data.sessionId)
  return {
    kind: 'answer',
    tone: 'good',
    title: words.answerReady(cut(title, 80)),
    body: cut(word(data.preview), 160),
    href: `/c/${id}`,
    subject: `chat/${id}`,
    at,
  }
}
