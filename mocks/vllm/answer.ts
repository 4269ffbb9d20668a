import type { Call, Conversation, Toolbox } from './conversation.ts'
import type { Decision } from './plan/index.ts'
import { RULES } from './plan/rules.ts'
import { readResult, type ToolText } from './results.ts'
import type { Row } from './tables.ts'

/** Said once in every conversation, so that nobody takes rules for a mind. */
export const NOTICE =
  'I am the embedded demo model: I follow fixed rules and only repeat what the tools say. Set `LLM_BASE_URL` to connect a real model.'

const SHOWN_LINES = 6
const SHOWN_ROWS = 3
const LINE_LENGTH = 240

/** The text of an answer: what stands in the results of this turn, or what can be asked. */
export function writeAnswer(
  decision: Decision,
  { conversation, toolbox }: { conversation: Conversation; toolbox: Toolbox },
): string {
  return [...body(decision, conversation, toolbox), ...introduction(conversation)].join('\n\n')
}

/** The notice, unless the conversation (or what is left of its beginning in the instructions) has it already. */
function introduction({ system, turns }: Conversation): string[] {
  const introduced = [system, ...turns.map(({ answer }) => answer)].some((text) => text.includes('embedded demo model'))
  return introduced ? [] : [`_${NOTICE}_`]
}

/** What is said along with the call of a change: an agent may stop there, so that no other text would follow. */
export function announce(conversation: Conversation): string {
  return ['I prepare this. It is only done once a person approves it.', ...introduction(conversation)].join('\n\n')
}

function body(decision: Decision, conversation: Conversation, toolbox: Toolbox): string[] {
  if (decision.kind === 'say') return [decision.text]
  const calls = (conversation.turns.at(-1)?.calls ?? []).filter(({ result }) => result !== undefined)
  const told = calls.filter((call, index) => !isOnTheWay(call, index, calls))
  const question = conversation.turns.at(-1)?.question ?? ''
  const missing = decision.kind === 'answer' ? decision.unavailable : []
  const ask = decision.kind === 'answer' && decision.ask !== undefined ? [decision.ask] : []
  const gone = missing.length ? [`For this I need the tool \`${missing[0]}\`, which is not available here.`] : []
  if (told.length) return [...told.map((call) => tell(call, { named: told.length > 1, question })), ...gone, ...ask]
  if (gone.length || ask.length) return [...gone, ...ask, ...(gone.length ? [examples(toolbox)] : [])]
  return [greetingOr(conversation), examples(toolbox)].filter((part) => part !== '')
}

/** A search for a tool or for the place of a pod is only a step on the way when what it was for came after it. */
function isOnTheWay(call: Call, index: number, calls: Call[]): boolean {
  const after = calls.slice(index + 1)
  if (call.tool === 'search_tools') return after.some(({ calledAs }) => calledAs === 'run_tool')
  return (
    call.tool === 'list_pods' && after.some(({ input }) => input.pod !== undefined && input.pod === call.input.text)
  )
}

function greetingOr(conversation: Conversation): string {
  const question = conversation.turns.at(-1)?.question ?? ''
  if (/^\s*(?:hi|hello|hey|good (?:morning|evening|afternoon)|greetings)\b/i.test(question)) return 'Hello.'
  return /\b(?:help|what can you|who are you|how do you work|what do you do)\b/i.test(question)
    ? ''
    : 'I did not understand that.'
}

/** Questions that work with the tools on offer. */
export function examples(toolbox: Toolbox): string {
  const scene = { has: (tool: string) => toolbox.has(tool) || (toolbox.has('search_tools') && toolbox.has('run_tool')) }
  const asked = RULES.filter((rule) => RULE_TOOLS[rule.id] !== undefined && scene.has(RULE_TOOLS[rule.id]!))
  const direct = asked.filter((rule) => toolbox.has(RULE_TOOLS[rule.id]!))
  const chosen = [...direct, ...asked.filter((rule) => !direct.includes(rule))].slice(0, 6)
  if (!chosen.length) return 'No tool is offered to me, so I cannot look anything up.'
  return ['As a demo model I can answer questions such as:', ...chosen.map(({ example }) => `- ${example}`)].join('\n')
}

/** The rules worth proposing, most telling first in `RULES`, with the tool each needs. */
const RULE_TOOLS: Record<string, string> = {
  'free-gpus': 'list_nodes',
  metrics: 'query_metrics',
  deploy: 'deploy_model',
  'ray-launch': 'launch_ray_cluster',
  escrow: 'check_escrow',
  wrong: 'list_alerts',
  offers: 'list_gpu_offers',
  deployments: 'list_deployments',
  clusters: 'list_clusters',
}

/** One call in a few lines, all quoted from its text. */
export function tell(
  call: Call,
  { named = false, question = '' }: { named?: boolean; question?: string } = {},
): string {
  return cite(told(call, { named, question }), call.evidence)
}

/** Every line that says something ends with the id of the call it is quoted from. */
const cite = (text: string, evidence: string | undefined): string =>
  evidence === undefined
    ? text
    : text
        .split('\n')
        .map((line) => (/[\p{L}\d]/u.test(line) && !line.startsWith('>') ? `${line} [${evidence}]` : line))
        .join('\n')

function told(call: Call, { named, question }: { named: boolean; question: string }): string {
  const result = readResult(call.tool, call.result ?? '')
  const label = named ? `**${call.tool}**: ` : ''
  if (result.error) return `${label}${tellError(call.tool, result)}`
  if (result.waitsForPerson) return `${label}${tellApproval(result)}`
  if (!result.text) return `${label}The tool answered with an empty text.`
  const facts = /logs?$/.test(call.tool) ? tellLog(result) : tellFacts(result, question)
  return `${label}${facts || cut(result.text.split('\n')[0] ?? '')}`
}

function tellFacts(result: ToolText, question: string): string {
  const lines = leading(result)
  const rows = asked(result.rows, question)
    .slice(0, SHOWN_ROWS)
    .map((row) => `- ${tellRow(row)}`)
  const more = result.shown && !lines.some((line) => line.includes(result.shown!)) ? [`(${result.shown})`] : []
  const silent = result.lines.filter((line) => INCOMPLETE.test(line)).map(cut)
  const first = lines[0] ?? (rows.length ? 'The first rows:' : (silent[0] ?? ''))
  return [first, ...lines.slice(1), ...rows, ...more, ...silent]
    .filter((line, index, all) => line !== '' && all.indexOf(line) === index)
    .join('\n')
}

/** Clusters that did not answer are always told. */
const INCOMPLETE = /^not complete\b/i
/** Lines for whoever calls tools, not for people. */
const FOR_CALLERS =
  /^(?:quoted text comes from outside|lines behind \||cursor\b|result\b|shown\b|shortened;|not complete\b|next:|more:)/i

function tellError(tool: string, { error, lines }: ToolText): string {
  const effect = lines.filter((line) => /^(?:nothing was changed|it is not known whether)/i.test(line))
  const next = error?.next === undefined ? [] : [`Next: ${cut(error.next)}`]
  return [`\`${tool}\` did not work: ${cut(error?.message ?? '')}`, ...effect, ...next].join('\n\n')
}

/** What would be done, and the checks that warn or fail before those that pass. */
function tellApproval(result: ToolText): string {
  const lines = result.lines.filter((line) => !FOR_CALLERS.test(line))
  const [summary, ...rest] = lines.filter((line) => !/^approval \S+ (?:waits|is pending)/i.test(line))
  const warnings = rest.filter((line) => /^(?:warn|fail)/i.test(line))
  const told = [summary ?? lines[0] ?? '', ...warnings, ...rest.filter((line) => !warnings.includes(line))].slice(0, 4)
  return [
    'This waits for the approval of a person; nothing has been changed yet.',
    ...told.map((line) => `- ${cut(line)}`),
  ].join('\n')
}

/** The headline and the two lines that most likely say why: errors first, else the last ones. */
function tellLog(result: ToolText): string {
  const [headline = '', ...lines] = result.lines.filter((line) => !FOR_CALLERS.test(line))
  const telling = lines.filter((line) => TELLING.test(line))
  const quoted = (telling.length ? telling : lines).slice(-2).map((line) => `> ${cut(line)}`)
  return [cut(headline), ...quoted].join('\n')
}

const TELLING = /\b(?:error|fatal|exception|panic|killed|oom|out of memory|denied|refused|timed? ?out|cannot|failed)\b/i

function leading(result: ToolText): string[] {
  const said = result.lines.filter((line) => !FOR_CALLERS.test(line))
  const hints = result.isEmpty ? result.lines.filter((line) => /^next:/i.test(line)) : []
  return [...said.slice(0, result.rows.length ? 3 : SHOWN_LINES), ...hints.slice(0, 1)].map(cut)
}

/** Rows with a name that the question says come first. */
function asked(rows: Row[], question: string): Row[] {
  const text = question.toLowerCase()
  const isAsked = (row: Row) =>
    Object.values(row).some((value) => value.length > 2 && /[a-z]/i.test(value) && text.includes(value.toLowerCase()))
  return [...rows.filter(isAsked), ...rows.filter((row) => !isAsked(row))]
}

function tellRow(row: Row): string {
  const cells = Object.entries(row).filter(([, value]) => value !== '')
  const at = Math.max(
    0,
    cells.findIndex(([column]) => /^(?:name|node|pod|model|series|id|alert|job|deployment)$/.test(column)),
  )
  const name = cells[at]?.[1] ?? ''
  const rest = cells
    .filter((_, index) => index !== at)
    .slice(0, 5)
    .map(([column, value]) => `${column} ${value}`)
  return cut(`**${name}**${rest.length ? `: ${rest.join(', ')}` : ''}`)
}

function cut(line: string): string {
  return line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH - 1)}…` : line
}
