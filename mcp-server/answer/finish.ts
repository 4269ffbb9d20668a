import { type Answer, type CardKind, type ClusterAnswer, type ErrorCode, errorStatus, isToolError } from '#contract'
import type { Logger, Reply, Tool } from '#define'
import type { Answered } from '../call.ts'
import type { Redactor } from '../policy/redact.ts'
import type { Results } from '../results/store.ts'
import { asFarAsAnswered } from './as-far-as-answered.ts'
import { bound, boundClusters, footer } from './bound.ts'

export interface FinishParts {
  redactor: Redactor
  results: Results
  now: () => Date
  log: Logger
}

/** What a handler replied, as an answer: output checked, redacted, bounded, the whole kept where something was left out. */
export async function finish(
  parts: FinishParts,
  { tool, reply, owner, limit }: { tool: Tool; reply: Reply<Record<string, unknown>>; owner: string; limit: number },
): Promise<Answered> {
  const passed = passedOn(reply)
  if (passed) return passed
  const at = parts.now().toISOString()
  const clusters = boundClusters(parts.redactor.value(reply.clusters))
  const rest = {
    ...(clusters && { clusters }),
    ...(reply.subject && { subject: reply.subject }),
    ...(reply.next && reply.next.length > 0 && { next: parts.redactor.value(reply.next) }),
    at,
  }
  const status = statusOf(reply.clusters)
  if (reply.empty) {
    const empty = parts.redactor.value(asFarAsAnswered(reply.empty, reply.clusters))
    const answer: Answer = { card: 'empty', empty, ...rest }
    const words = `${empty.title}\nlikely: ${empty.likely.join('; ')}\nnext: ${empty.next.join(' | ')}`
    return { answer, text: joined(words, footer({ ...rest, next: [] }, silentOf(reply))), status }
  }
  const checked = tool.output.safeParse(reply.data)
  if (!checked.success)
    throw new Error(
      `${tool.name} answered what its output does not allow: ${checked.error.issues[0]?.path.join('.')} ${checked.error.issues[0]?.message}`,
    )
  const data = parts.redactor.value(checked.data) as Record<string, unknown>
  const kind = tool.card as CardKind
  const fitted = bound({
    kind,
    data,
    text: tool.text as (data: Record<string, unknown>, page: { shown: number; total: number }) => string,
    limit,
    ...(reply.total !== undefined && { total: reply.total }),
    reserveBytes: 1_000 + Buffer.byteLength(JSON.stringify(rest)),
  })
  const result = fitted.partial ? await keep(parts, { owner, tool: tool.name, card: kind, data, at }) : undefined
  const answer: Answer = {
    card: kind,
    data: fitted.data,
    ...(fitted.shown !== undefined && { shown: fitted.shown, total: fitted.total }),
    ...(result && { result }),
    ...(result && fitted.shown !== undefined && fitted.shown < (fitted.total ?? 0) && { cursor: String(fitted.shown) }),
    ...rest,
  }
  return { answer, text: joined(parts.redactor.text(fitted.text), footer(answer, silentOf(reply))), status }
}

/** Those that did not answer, in the order of the rows of `boundClusters`, which has room for a few. */
const silentOf = ({ clusters }: Reply<unknown>): ClusterAnswer[] =>
  clusters?.filter(({ status }) => status !== 'success') ?? []

/** What is too large to keep is still answered, without a page two. */
async function keep(parts: FinishParts, result: Parameters<Results['put']>[0]): Promise<string | undefined> {
  try {
    return await parts.results.put(result)
  } catch (error) {
    if (!isToolError(error)) parts.log.warn({ tool: result.tool, error }, 'a result could not be kept')
    return undefined
  }
}

const joined = (...texts: string[]) => texts.filter((text) => text !== '').join('\n')

/** run_tool and get_result answer what another call or an older one answered; it has been down the road already. */
function passedOn(reply: Reply<Record<string, unknown>>): Answered | undefined {
  const passed = (reply.data as { answered?: Answer & { text: string } } | undefined)?.answered
  if (!passed) return undefined
  const { text, ...answer } = passed
  const status = answer.error
    ? errorStatus[answer.error.code as ErrorCode]
    : answer.approval
      ? 202
      : statusOf(answer.clusters)
  return { answer, text, status }
}

/** Some clusters failed and some did not: 206 (MET-010, QLT-044). */
function statusOf(clusters?: ClusterAnswer[]): number {
  if (!clusters || clusters.length === 0) return 200
  const failed = clusters.filter(({ status }) => status !== 'success').length
  return failed > 0 && failed < clusters.length ? 206 : 200
}
