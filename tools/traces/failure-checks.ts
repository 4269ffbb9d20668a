import type { Finding } from '#contract'
import { cell } from '../text.ts'
import { type Check, lengthOf, msText, nameOf, operationKey, sequences } from './check.ts'
import { errorOf, isError } from './lines.ts'

/** Where an error began: no span below it has one. What only passes it on is its effect. */
export const errors: Check = ({ nodes }) => {
  const origins = nodes.filter((node) => isError(node) && !node.children.some(isError))
  const groups = Map.groupBy(origins, (node) => `${operationKey(node)}\n${errorOf(node)}`)
  return [...groups.values()].slice(0, 4).map((group): Finding => {
    const node = group[0]!
    const above: string[] = []
    let caller = node.parent
    for (; caller && isError(caller); caller = caller.parent) above.push(nameOf(caller))
    const exception = node.span.events.find(({ name }) => name === 'exception')
    const pod = node.span.resource['k8s.pod.name']
    const through = above.length > 0 ? `It went up through ${above.slice(0, 4).join(', ')}.` : ''
    return {
      id: 'error-origin',
      severity: caller ? 'warning' : 'critical',
      title: `The error began in ${nameOf(node)}${group.length > 1 ? `, ${group.length} times` : ''}`,
      cause: caller
        ? `${through} ${nameOf(caller)} went on in spite of it: a retry or a fallback.`.trim()
        : through || 'It is the root of the trace.',
      evidence: [
        { source: 'span', text: errorOf(node) ?? 'no message', at: new Date(node.endMs).toISOString() },
        ...(exception?.attributes['exception.stacktrace']
          ? [{ source: 'stack', text: cell(exception.attributes['exception.stacktrace'], 240) }]
          : []),
        ...(pod
          ? [
              {
                source: 'pod',
                text: `${cell(node.span.resource['k8s.namespace.name'] ?? '', 60)}/${cell(pod, 80)} on ${node.span.cluster}`,
              },
            ]
          : []),
      ],
      remedy: pod
        ? `Look at the pod at that time: get_pod_logs or search_error_logs for ${cell(pod, 80)}.`
        : `Look at the logs of ${cell(node.span.service, 60)} at that time: search_error_logs.`,
      ...(pod && {
        ask: `What does the log of ${cell(pod, 80)} say at ${new Date(node.endMs).toISOString().slice(0, 19)}Z?`,
      }),
    }
  })
}

/** The first attempts fail, a later one does. */
export const retries: Check = ({ nodes }) =>
  nodes.flatMap((node): Finding[] => {
    const groups = Map.groupBy(node.children, operationKey)
    return [...groups.values()].flatMap((group): Finding[] => {
      const failed = group.filter(isError)
      const last = group.at(-1)!
      if (failed.length === 0 || group.length < 2 || isError(last) || sequences(group).length === 0) return []
      const lostMs = failed.reduce((sum, one) => sum + lengthOf(one), 0)
      return [
        {
          id: 'retried',
          severity: 'warning',
          title: `${nameOf(last)} worked only after ${failed.length} failed ${failed.length === 1 ? 'attempt' : 'attempts'}`,
          cause: `The failed attempts took ${msText(lostMs)}; the caller saw none of it.`,
          evidence: failed.slice(0, 2).map((one) => ({ source: 'span', text: errorOf(one) ?? 'no message' })),
          remedy: 'Mend what fails at first: retries hide it and double its load.',
        },
      ]
    })
  })

/** What makes the tree or its times doubtful. */
export const quality: Check = ({ orphans, skews, roots }) => [
  ...(orphans.length > 0
    ? [
        {
          id: 'missing-parents',
          severity: 'info' as const,
          title: `${orphans.length} ${orphans.length === 1 ? 'span has' : 'spans have'} a parent that never arrived`,
          cause:
            'A service that does not send its spans, lost ones, or sampling that does not follow the parent; the tree and its times are incomplete there.',
          evidence: [{ source: 'spans', text: orphans.slice(0, 4).map(nameOf).join(', ') }],
          remedy: 'Check the exporter and the sampling of what calls them; parent-based sampling keeps traces whole.',
        },
      ]
    : roots.length > 1
      ? [
          {
            id: 'several-roots',
            severity: 'info' as const,
            title: `The trace has ${roots.length} roots`,
            cause:
              'The context was not passed on somewhere, or separate work shares one trace id; the first root is judged.',
            evidence: [{ source: 'spans', text: roots.slice(0, 4).map(nameOf).join(', ') }],
            remedy: 'Pass the traceparent on where they begin.',
          },
        ]
      : []),
  ...skews.slice(0, 2).map((skew) => ({
    id: 'clock-skew',
    severity: 'info' as const,
    title: `The clocks of ${cell(skew.from, 60)} and ${cell(skew.to, 60)} differ by about ${msText(Math.abs(skew.ms))}`,
    cause:
      'A server cannot answer before it is asked; its spans were moved into the call. Times between the two are estimates.',
    evidence: [{ source: 'spans', text: `${skew.ms > 0 ? 'behind' : 'ahead'} by ${msText(Math.abs(skew.ms))}` }],
    remedy: 'Check NTP or PTP on the nodes of both.',
  })),
]
