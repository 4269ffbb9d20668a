import * as z from 'zod'
import { cards } from '#contract'
import { defineTool } from '#define'
import { cluster, optionalWord } from '../arguments.ts'
import { lines, outsideNote, quoted, shortTime } from '../text.ts'

/** Why a pod is not well, by rules alone (DIA-003): spec, status, events, logs, owner, node, claims and GPUs. */
export const diagnosePod = defineTool({
  name: 'diagnose_pod',
  title: 'Diagnose a pod',
  about:
    'Why one pod fails or does not start: status, events, logs, scheduling, volumes, node, GPUs; evidence and remedy. Failing pods: list_pods problemsOnly.',
  risk: 'read',
  card: 'findings',
  needs: ['fleet', 'kubernetes'],
  uses: ['prometheus'],
  input: z.strictObject({
    cluster,
    namespace: optionalWord('Default: found by name'),
    pod: z.string().describe('Pod name'),
  }),
  output: cards.findings.payload,
  examples: [{ cluster: 'gpu-east', namespace: 'inference', pod: 'qwen-0' }],
  route: { method: 'GET', path: '/clusters/{cluster}/namespaces/{namespace}/pods/{pod}/diagnosis' },
  access: [
    { verbs: ['get', 'list', 'watch'], group: '', resource: 'pods' },
    { verbs: ['get'], group: '', resource: 'pods/log' },
    { verbs: ['get', 'list', 'watch'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'events' },
    { verbs: ['list'], group: '', resource: 'persistentvolumeclaims' },
  ],
  text: ({ title, verdict, findings, checked, unknowns }) =>
    lines(
      `${title}: ${verdict} (${checked} checks)`,
      findings.length > 0 && outsideNote,
      ...findings.map((finding, index) =>
        [
          `${index + 1}. ${finding.severity} ${finding.id}: ${finding.title}`,
          `   cause: ${finding.cause}`,
          ...finding.evidence.map(
            ({ source, text, at }) => `   evidence, ${source}${at ? ` at ${shortTime(at)}` : ''}: ${quoted(text, 240)}`,
          ),
          `   remedy: ${finding.remedy}`,
        ].join('\n'),
      ),
      unknowns && `not looked at: ${unknowns.join('; ')}`,
    ),
  async run(input, ctx) {
    const [{ checkCount, diagnose, verdictOf }, { readPod }] = await Promise.all([
      import('./diagnose.ts'),
      import('./read-pod.ts'),
    ])
    const [name] = ctx.scope([input.cluster])
    const facts = await readPod(ctx, { cluster: name!, namespace: input.namespace, pod: input.pod })
    const findings = diagnose(facts)
    const { metadata } = facts.pod
    return {
      data: {
        title: `Pod ${metadata.namespace}/${metadata.name} on ${name}: ${facts.status}`,
        ...verdictOf(facts, findings),
        findings,
        checked: checkCount,
        ...(facts.unknowns.length > 0 && { unknowns: facts.unknowns }),
      },
      next: findings.slice(0, 3).flatMap((finding) => finding.ask ?? []),
    }
  },
})
