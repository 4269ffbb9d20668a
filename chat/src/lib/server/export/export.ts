import type { ApprovalPayload } from '#contract'
import { asText } from '../../cards/as-text.ts'
import type { ChatMessage, Session } from '../../types.ts'
import { readApproval } from '../approvals.ts'
import type { RunnerDeps } from '../runs/runner.ts'
import { incidentReport, reportMarkdown } from './incident.ts'
import { conversationMarkdown, type ExportHead, fenced } from './markdown.ts'
import { turnsOf } from './turns.ts'

export const exportForms = ['markdown', 'json', 'report'] as const
export type ExportForm = (typeof exportForms)[number]

interface Conversation {
  deps: Pick<RunnerDeps, 'host' | 'now'>
  session: Session
  messages: readonly ChatMessage[]
}

const headOf = ({ deps, session }: Conversation): ExportHead => ({
  title: session.title,
  persona: session.persona,
  clusters: session.clusters,
  createdAt: session.createdAt,
  exportedAt: new Date(deps.now()).toISOString(),
})

/** The report of a conversation, with its changes as they stand now. */
export async function reportOf(conversation: Conversation) {
  const { deps, session, messages } = conversation
  const turns = turnsOf(messages)
  const ids = [...new Set(turns.flatMap(({ calls }) => calls.flatMap(({ answer }) => answer?.approval?.id ?? [])))]
  const now = new Map<string, ApprovalPayload>()
  await Promise.all(
    ids.map(async (id) => {
      const fresh = await readApproval(deps.host, session, id).catch(() => undefined)
      if (fresh) now.set(id, fresh)
    }),
  )
  return { turns, report: incidentReport(headOf(conversation), turns, (approval) => now.get(approval.id) ?? approval) }
}

const fileName = (session: Session, ending: string) =>
  `${
    session.title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'conversation'
  }.${ending}`

/** A conversation as a file. Secrets are taken out as at every other way out of the server. */
export async function exportAs(
  form: ExportForm,
  conversation: Conversation,
): Promise<{ text: string; mediaType: string; name: string }> {
  const { deps, session, messages } = conversation
  const redact = deps.host.redact ?? (<T>(value: T) => value)
  if (form === 'report') {
    const { turns, report } = await reportOf(conversation)
    const cards = turns.flatMap(({ calls }) =>
      calls.flatMap(({ tool, answer, evidence }) =>
        answer?.data ? [{ title: `${evidence ? `[${evidence}] ` : ''}${tool}`, text: fenced(asText(answer)) }] : [],
      ),
    )
    return {
      text: redact(reportMarkdown(report, cards)),
      mediaType: 'text/markdown',
      name: fileName(session, 'report.md'),
    }
  }
  const turns = turnsOf(messages)
  const head = headOf(conversation)
  return form === 'json'
    ? {
        text: JSON.stringify(redact({ ...head, turns }), null, 2),
        mediaType: 'application/json',
        name: fileName(session, 'json'),
      }
    : {
        text: redact(conversationMarkdown(head, turns, asText)),
        mediaType: 'text/markdown',
        name: fileName(session, 'md'),
      }
}
