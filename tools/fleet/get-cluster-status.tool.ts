import * as z from 'zod'
import { cards, type Fact } from '#contract'
import { defineTool } from '#define'
import { cluster } from '../arguments.ts'
import { factsLine, headline, lines, shortTime, span, tsv } from '../text.ts'
import { type ClusterCheck, checkAccess, clusterAnswers, serviceLabels as labels, type ServiceCheck } from './check.ts'
import { stateTones, subjectOf } from './health-store.ts'
import { lookAt } from './service.ts'

/** One cluster as it was at its last check, a few seconds ago (FLT-013, FLT-017, FLT-041, FLT-042). */
export const getClusterStatus = defineTool({
  name: 'get_cluster_status',
  title: 'Cluster status',
  about:
    'Whether one cluster lived at its last check, and since when: API server, Prometheus, Alertmanager, Loki, ready nodes, GPUs, health score. All clusters at once: list_clusters. What fails on it: what_is_failing, list_alerts.',
  risk: 'read',
  card: 'status',
  needs: ['fleet'],
  uses: ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'],
  input: z.strictObject({ cluster }),
  output: cards.status.payload,
  examples: [{ cluster: 'gpu-east' }],
  route: { method: 'GET', path: '/clusters/{cluster}/status' },
  access: checkAccess,
  text: ({ title, state, summary, facts, checks }) =>
    lines(
      headline({ title, state, summary }),
      factsLine(facts),
      tsv(
        ['check', 'state', 'detail'],
        checks.map((check) => [check.label, check.state, check.detail]),
      ),
    ),
  async run(input, ctx) {
    const [name] = ctx.scope([input.cluster])
    const [check] = await lookAt(ctx, [name!])
    const { info, state, services, api } = check!
    // Of a cluster that is gone nobody knows whether its nodes are ready
    const gone = state === 'offline' &&
      api && {
        id: 'nodes',
        label: 'Nodes',
        state: 'unknown',
        tone: 'neutral' as const,
        detail: `${api.nodes} when last seen, ${api.readyNodes} ready then`,
      }
    const nodes =
      gone ||
      (api && {
        id: 'nodes',
        label: 'Nodes',
        state: api.readyNodes === api.nodes ? 'ready' : 'not all ready',
        tone: api.readyNodes === api.nodes ? ('good' as const) : ('warn' as const),
        detail: `${api.readyNodes} of ${api.nodes} ready`,
      })
    return {
      data: {
        title: info.displayName,
        state,
        tone: stateTones[state],
        summary: summaryOf(check!, ctx.now()),
        facts: factsOf(check!, ctx.now()),
        checks: [...services.map(checkOf), ...(nodes ? [nodes] : [])],
      },
      clusters: clusterAnswers([check!]),
      subject: subjectOf(info.name),
      next: state === 'online' ? [] : ['list_alerts', 'what_is_failing'],
    }
  },
})

function summaryOf({ services, state, at, stored, since }: ClusterCheck, now: Date): string {
  if (state === 'unknown') return 'No service of this cluster is configured, so nothing could be asked.'
  const down = services.filter((check) => !check.ok).map((check) => labels[check.service])
  if (down.length > 0)
    return `Not answering: ${down.join(', ')}${since ? `, ${state} since ${shortTime(since.toISOString())} UTC` : ''}.`
  // What the health loop saw is not what is: a cluster may have died since
  return stored
    ? `Every configured service answered ${span((now.getTime() - at.getTime()) / 1000)} ago.`
    : 'Every configured service answers.'
}

function factsOf({ info, api, score, at, stored, state }: ClusterCheck, now: Date): Fact[] {
  const ageSeconds = (now.getTime() - at.getTime()) / 1000
  return [
    { label: 'health', value: `${score} of 100` },
    ...(stored ? [{ label: 'checked', value: `${span(ageSeconds)} ago` }] : []),
    { label: 'type', value: info.type },
    { label: 'environment', value: info.environment },
    ...(info.region ? [{ label: 'region', value: info.region }] : []),
    ...(api
      ? [
          { label: 'version', value: api.version },
          {
            label: 'nodes',
            value: state === 'offline' ? `${api.nodes} when last seen` : `${api.readyNodes} of ${api.nodes} ready`,
          },
          { label: 'GPUs', value: `${api.gpus}${api.gpuModels.length > 0 ? ` (${api.gpuModels.join(', ')})` : ''}` },
        ]
      : []),
  ]
}

const checkOf = (check: ServiceCheck) => ({
  id: check.service,
  label: labels[check.service],
  state: check.ok ? 'answers' : check.denied ? 'refuses' : 'does not answer',
  tone: check.ok ? ('good' as const) : ('bad' as const),
  detail: check.ok ? `${check.tookMs} ms` : (check.error ?? 'no reason given'),
})
