import * as z from 'zod'
import { cards, type Finding } from '#contract'
import { defineTool } from '#define'
import { clusters, durationSeconds, optionalWord, since } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted } from '../table.ts'
import { lines, outsideNote, quoted, shortTime } from '../text.ts'
import { gpuAccess } from './access.ts'
import { gpuScope } from './collect.ts'
import type { HealthFacts } from './health/facts.ts'

/** Which GPUs are sick, judged by NVIDIA's XID catalogue and by rules (issue: the GPU part of the diagnosis list). */
export const checkGpuHealth = defineTool({
  name: 'check_gpu_health',
  title: 'GPU health',
  about:
    'Which GPUs are sick and what to do: XIDs of kernel logs and DCGM by NVIDIA’s catalogue, memory errors, heat, links, driver, MIG, device plugin, claims; common causes. Silent on healthy ones.',
  risk: 'read',
  card: 'findings',
  needs: ['fleet'],
  uses: ['prometheus', 'kubernetes', 'loki'],
  input: z.strictObject({
    clusters,
    node: optionalWord('Only this'),
    since: since.describe('Look back this far; default 24h, at most 7d'),
    deep: z.boolean().optional().describe('nvidia-smi on every GPU node, not only on suspects'),
    severity: z.enum(['critical', 'warning', 'info']).optional().describe('This and worse'),
  }),
  output: cards.findings.payload,
  examples: [{}, { clusters: ['gpu-west'], since: '7d' }, { clusters: ['gpu-east'], node: 'gpu-east-h100-07' }],
  route: { method: 'GET', path: '/gpu/health' },
  access: gpuAccess,
  timeoutMs: 60_000,
  text: ({ title, verdict, findings, checked, unknowns }) =>
    lines(
      `${title}: ${verdict} (${checked} checks)`,
      findings.length > 0 && outsideNote,
      ...findings.map((finding, index) =>
        [
          `${index + 1}. ${finding.severity} ${finding.id}: ${finding.title}`,
          `   ${finding.cause}`,
          ...finding.evidence.map(
            ({ source, text, at }) => `   evidence, ${source}${at ? ` at ${shortTime(at)}` : ''}: ${quoted(text, 240)}`,
          ),
          `   do: ${finding.remedy}`,
          ...(finding.falsifier ? [`   wrong if: ${finding.falsifier}`] : []),
        ].join('\n'),
      ),
      unknowns && `not looked at: ${unknowns.join('; ')}`,
    ),
  async run(input, ctx) {
    const [{ readHealth }, { judge }] = await Promise.all([import('./health/read.ts'), import('./health/judge.ts')])
    const window = input.since ?? '24h'
    const sinceSeconds = Math.min(durationSeconds(window), 7 * 86_400)
    const scope = gpuScope(ctx, ctx.clients, input.clusters)
    const { facts, unknowns, clusters } = await readHealth(ctx, scope, {
      node: input.node,
      window,
      sinceSeconds,
      deep: input.deep ?? false,
    })
    requireSome({
      values: clusters.filter(({ status }) => status === 'success').map(({ cluster }) => ({ cluster, value: cluster })),
      clusters,
    })
    if (facts.gpus.length + facts.nodes.length === 0)
      return {
        empty: {
          title: input.node ? `No GPU node ${input.node}` : 'No GPUs to judge',
          likely: unknowns.length > 0 ? unknowns.slice(0, 5) : ['These clusters have no GPUs'],
          next: ['get_gpu_nodes', 'list_nodes'],
        },
        clusters,
      }
    const { findings: all, checked } = judge(facts)
    const ranks = { critical: 0, warning: 1, info: 2 }
    const findings = all.filter(({ severity }) => ranks[severity] <= ranks[input.severity ?? 'info'])
    const silent = clusters.filter(({ status }) => status !== 'success').map(({ cluster }) => `${cluster} (no answer)`)
    const notSeen = [...silent, ...unknowns]
    return {
      data: {
        title: titleOf(facts, window),
        ...verdictOf(all, notSeen.length === 0),
        findings,
        checked,
        ...(notSeen.length > 0 && { unknowns: notSeen.slice(0, 20) }),
      },
      clusters,
      next: all.slice(0, 3).flatMap((finding) => finding.ask ?? []),
    }
  },
})

/** How many GPUs were looked at, and where. */
function titleOf({ gpus, nodes }: Pick<HealthFacts, 'gpus' | 'nodes'>, window: string): string {
  const devices = new Set(gpus.map((gpu) => `${gpu.cluster}/${gpu.node}/${gpu.index}`)).size
  const machines = new Set([...gpus, ...nodes].map((one) => `${one.cluster}/${one.node}`)).size
  const names = [...new Set([...gpus, ...nodes].map(({ cluster }) => cluster))].sort()
  const where = names.length > 4 ? counted(names.length, 'cluster') : names.join(', ')
  return `${counted(devices, 'GPU')} on ${counted(machines, 'node')} of ${where}, last ${window}`
}

function verdictOf(findings: readonly Finding[], sawAll: boolean): { verdict: string; tone: 'good' | 'warn' | 'bad' } {
  const count = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity).length
  const critical = count('critical')
  const warning = count('warning')
  const info = count('info')
  const also = info > 0 ? `, ${info} to know` : ''
  if (critical > 0)
    return {
      verdict: `${counted(critical, 'critical finding')}${warning > 0 ? `, ${counted(warning, 'warning')}` : ''}${also}`,
      tone: 'bad',
    }
  if (warning > 0) return { verdict: `${counted(warning, 'warning')}${also}`, tone: 'warn' }
  // What could not be looked at is not called healthy
  return { verdict: `${sawAll ? 'healthy, no' : 'No'} check found a fault${also}`, tone: 'good' }
}
