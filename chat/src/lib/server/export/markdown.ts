import type { Answer } from '#contract'
import { stripMarks } from '../../chat/evidence-marks.ts'
import type { ExportedTurn } from './turns.ts'

export interface ExportHead {
  title: string
  persona: string
  clusters: readonly string[]
  createdAt: string
  exportedAt: string
}

/** Text that goes into a fence, whatever it holds. */
export function fenced(text: string, language = ''): string {
  const longest = (text.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2)
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}

const when = (iso: string | undefined) => (iso ? `${iso.slice(0, 16).replace('T', ' ')} UTC` : '')

/** A conversation as Markdown that stands alone. `cardText` draws a card in words. */
export function conversationMarkdown(
  head: ExportHead,
  turns: readonly ExportedTurn[],
  cardText: (answer: Answer) => string,
): string {
  const about = head.clusters.length > 0 ? head.clusters.join(', ') : 'the whole fleet'
  return [
    `# ${head.title || 'Conversation'}`,
    `Persona ${head.persona}, about ${about}. Begun ${when(head.createdAt)}, exported ${when(head.exportedAt)}.`,
    ...turns.map((turn) => turnMarkdown(turn, cardText)),
  ].join('\n\n')
}

function turnMarkdown(turn: ExportedTurn, cardText: (answer: Answer) => string): string {
  const who = turn.role === 'user' ? 'You' : 'Quartermaster'
  return [
    `## ${who}${turn.at ? `, ${when(turn.at)}` : ''}`,
    turn.role === 'user' ? turn.text : stripMarks(turn.text),
    ...(turn.files.length > 0 ? [`Attached: ${turn.files.join(', ')}`] : []),
    ...turn.calls.map((call) => {
      const title = `**${call.evidence ? `[${call.evidence}] ` : ''}${call.tool}** \`${JSON.stringify(call.input)}\``
      if (call.state === 'failed') return `${title}\n\nFailed: ${call.problem ?? 'no reason given'}`
      return call.answer ? `${title}\n\n${fenced(cardText(call.answer))}` : title
    }),
    ...turn.notices.map((notice) => `> ${notice.replaceAll('\n', '\n> ')}`),
    ...(turn.unsupported.length > 0
      ? [`Not backed by a tool call: ${turn.unsupported.map((claim) => `“${claim}”`).join(' ')}`]
      : []),
  ]
    .filter(Boolean)
    .join('\n\n')
}
