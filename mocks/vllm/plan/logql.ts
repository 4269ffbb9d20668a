import { writtenQuery } from './promql.ts'
import type { Question } from './question.ts'

const ERRORS = 'error|exception|fatal|failure|panic'
const NO_TERM = /^(?:the|a|an|all|last|past|pod|pods|namespace|cluster|errors?|logs?|me|this|that|today|every|it|its)$/

/** The word that log lines must have: quoted, or after "with", "for", "containing". */
function termOf(question: Question): string | undefined {
  const quoted = /["“]([^"”]{2,80})["”]/.exec(question.text)?.[1]
  if (quoted) return quoted
  const hits = question.plain.matchAll(
    /\b(?:for|with|about|containing|contain|contains|matching|match|mentioning|mention|saying|say)\s+([a-z0-9_.-]{3,})/g,
  )
  return [...hits].map(([, term = '']) => term).find((term) => !NO_TERM.test(term))
}

/** LogQL for a question: a namespace or a pod selects the streams, errors or a word the lines. */
export function logql(question: Question): string {
  const written = writtenQuery(question.text)
  if (written?.startsWith('{')) return written
  const { namespace, pod, container } = question.entities
  const matchers = [
    namespace && `namespace="${namespace}"`,
    pod && `pod="${pod}"`,
    container && `container="${container}"`,
  ].filter(Boolean)
  const selector = `{${matchers.length ? matchers.join(', ') : 'namespace=~".+"'}}`
  const term = termOf(question)
  if (term !== undefined) return `${selector} |= ${JSON.stringify(term)}`
  return question.has(ERRORS) ? `${selector} |~ "(?i)(error|fatal|exception|panic)"` : selector
}
