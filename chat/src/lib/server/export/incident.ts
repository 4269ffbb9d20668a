import type { ApprovalPayload, CardData } from '#contract'
import { stripMarks } from '../../chat/evidence-marks.ts'
import type { ExportHead } from './markdown.ts'
import type { ExportedCall, ExportedTurn } from './turns.ts'

type Report = CardData['report']

const time = (iso: string) => iso.slice(11, 16)
const oneLine = (text: string, most = 300) => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}
const cell = (text: string) => oneLine(text).replaceAll('|', '\\|')

interface Dated {
  at: string
  words: string
}

/** Changes of the conversation as they stand now: an approval that came back later counts once, with its newest state. */
function changesOf(
  calls: readonly ExportedCall[],
  now: (approval: ApprovalPayload) => ApprovalPayload,
): ApprovalPayload[] {
  const byId = new Map(
    calls.flatMap(({ answer }) => (answer?.approval ? [[answer.approval.id, answer.approval] as const] : [])),
  )
  return [...byId.values()].map(now)
}

const changeWords = ({ state, plan, decidedBy, reason }: ApprovalPayload): string =>
  [
    oneLine(plan.summary),
    state === 'pending' ? 'waits for a decision' : state,
    decidedBy && `by ${decidedBy}`,
    reason && `“${oneLine(reason, 160)}”`,
  ]
    .filter(Boolean)
    .join(', ')

/** What findings say, and cards of problems: the hard part of the evidence. */
function findingsOf(calls: readonly ExportedCall[]): string[] {
  return calls.flatMap(({ answer, evidence }) => {
    if (answer?.card !== 'findings' || !answer.data) return []
    const data = answer.data as CardData['findings']
    return data.findings
      .filter(({ severity }) => severity !== 'info')
      .map(
        ({ severity, title, cause, remedy }) =>
          `- **${severity}** ${title}: ${oneLine(cause)} Remedy: ${oneLine(remedy)}${evidence ? ` (${evidence})` : ''}`,
      )
  })
}

/**
 * A conversation as the report of an incident: the last conclusion first, then a timeline, what was found, what was changed
 * and by whom, what it rests on and what is still open. Nothing is added to what was said and read.
 */
export function incidentReport(
  head: ExportHead,
  turns: readonly ExportedTurn[],
  now: (approval: ApprovalPayload) => ApprovalPayload = (approval) => approval,
): Report {
  const calls = turns.flatMap((turn) => turn.calls)
  const changes = changesOf(calls, now)
  const conclusion = turns.findLast(({ role, text }) => role === 'assistant' && text !== '')
  const asked = turns.find(({ role }) => role === 'user')
  const clusters = [...new Set(calls.flatMap(({ answer }) => (answer?.clusters ?? []).map(({ cluster }) => cluster)))]
  const silent = [
    ...new Set(
      calls.flatMap(({ answer }) =>
        (answer?.clusters ?? []).filter(({ status }) => status !== 'success').map(({ cluster }) => cluster),
      ),
    ),
  ]
  const timeline: Dated[] = [
    ...turns.flatMap(({ role, at, text }) =>
      at && role === 'user' ? [{ at, words: `Asked: ${oneLine(text, 200)}` }] : [],
    ),
    ...calls.flatMap(({ at, tool, state, evidence }) =>
      at
        ? [{ at, words: `Looked at ${tool}${evidence ? ` (${evidence})` : ''}${state === 'failed' ? ': failed' : ''}` }]
        : [],
    ),
    ...changes.flatMap((change) => [
      { at: change.askedAt, words: `Planned: ${oneLine(change.plan.summary, 200)}` },
      ...(change.decidedAt
        ? [
            {
              at: change.decidedAt,
              words: `${change.state === 'denied' ? 'Denied' : 'Approved'} by ${change.decidedBy ?? 'somebody'}: ${oneLine(change.plan.verb, 120)}`,
            },
          ]
        : []),
    ]),
  ].sort((a, b) => a.at.localeCompare(b.at))
  const unsupported = turns.flatMap((turn) => turn.unsupported)
  const open = [
    ...changes
      .filter(({ state }) => state === 'pending')
      .map((change) => `Waits for a decision: ${oneLine(change.plan.summary)}`),
    ...silent.map((cluster) => `${cluster} did not answer, so it may look different there`),
    ...unsupported.map((claim) => `Said without a tool call behind it: “${oneLine(claim)}”`),
  ]
  const findings = findingsOf(calls)
  const evidence = calls.filter(({ state }) => state === 'done')
  return {
    title: `Incident report: ${head.title || oneLine(asked?.text ?? 'conversation', 60)}`,
    summary: oneLine(stripMarks(conclusion?.text ?? 'No conclusion was reached.'), 600),
    ...(timeline[0] && { from: timeline[0].at }),
    ...(timeline.length > 0 && { to: timeline.at(-1)!.at }),
    facts: [
      { label: 'Clusters', value: clusters.length > 0 ? clusters.join(', ') : 'none was asked' },
      { label: 'Looked at', value: `${evidence.length} things` },
      { label: 'Changes', value: changes.length === 0 ? 'none' : String(changes.length) },
      { label: 'Open points', value: String(open.length) },
    ],
    sections: [
      { id: 'asked', title: 'What was reported', text: asked?.text ?? '' },
      ...(conclusion ? [{ id: 'conclusion', title: 'Conclusion', text: stripMarks(conclusion.text) }] : []),
      ...(findings.length > 0 ? [{ id: 'findings', title: 'Findings', text: findings.join('\n') }] : []),
      {
        id: 'changes',
        title: 'Changes',
        text:
          changes.length === 0
            ? 'Nothing was changed.'
            : changes.map((change) => `- ${changeWords(change)}`).join('\n'),
      },
      {
        id: 'timeline',
        title: 'Timeline (UTC)',
        text: timeline.map(({ at, words }) => `- ${time(at)} ${words}`).join('\n') || 'No times are known.',
      },
      {
        id: 'evidence',
        title: 'Evidence',
        text:
          evidence.length === 0
            ? 'No tool was called.'
            : [
                '| id | tool | arguments | read at |',
                '| --- | --- | --- | --- |',
                ...evidence.map(
                  (call) =>
                    `| ${call.evidence ?? ''} | ${call.tool} | ${cell(JSON.stringify(call.input))} | ${call.at ?? ''} |`,
                ),
              ].join('\n'),
      },
      {
        id: 'open',
        title: 'Open points',
        text: open.length === 0 ? 'None is known.' : open.map((point) => `- ${point}`).join('\n'),
      },
    ],
  }
}

/** The report as Markdown, with the cards it rests on behind it. */
export function reportMarkdown(report: Report, cards: readonly { title: string; text: string }[]): string {
  return [
    `# ${report.title}`,
    report.summary,
    report.facts.map(({ label, value }) => `- ${label}: ${value}`).join('\n'),
    ...report.sections.map(({ title, text }) => `## ${title}\n\n${text}`),
    ...(cards.length > 0 ? ['## Cards', ...cards.map(({ title, text }) => `### ${title}\n\n${text}`)] : []),
  ].join('\n\n')
}
