import * as z from 'zod'
import { type ClusterAnswer, cards, type Fact, type Tone } from '#contract'
import { defineTool, type FanOut } from '#define'
import { clusters } from '../arguments.ts'
import { requireSome } from '../fan-out.ts'
import { counted } from '../table.ts'
import { factsLine, headline, lines, tsv } from '../text.ts'
import { workloadFacts } from './get-cnf-workloads.tool.ts'
import { ptpFacts } from './get-ptp-status.tool.ts'
import { sriovFacts } from './get-sriov-status.tool.ts'
import { ptpProblem, readPtp } from './ptp.ts'
import { readSriov, sriovGroup, sriovProblem } from './sriov.ts'
import { readWorkloads } from './workloads.ts'

/** Network functions, time and virtual network functions in one answer (CNF-005, CNF-009, CNF-010). */
export const getCnfSummary = defineTool({
  name: 'get_cnf_summary',
  title: 'Telco summary',
  about: 'Network functions, PTP clocks and SR-IOV ports in totals, and what is not well there.',
  risk: 'read',
  card: 'status',
  needs: ['fleet', 'kubernetes'],
  uses: ['prometheus'],
  input: z.strictObject({ clusters }),
  output: cards.status.payload,
  examples: [{}],
  route: { method: 'GET', path: '/cnf/summary' },
  access: [
    { verbs: ['list'], group: '', resource: 'pods' },
    { verbs: ['list'], group: sriovGroup, resource: 'sriovnetworknodestates' },
  ],
  text: ({ title, state, summary, facts, checks }) =>
    lines(
      headline({ title, state, summary }),
      factsLine(facts),
      tsv(
        ['what', 'state', 'detail'],
        checks.map((check) => [check.label, check.state, check.detail]),
      ),
    ),
  async run(input, ctx) {
    const { kubernetes, prometheus } = ctx.clients
    const names = ctx.scopeOf(kubernetes, input.clusters)
    const measured = prometheus ? names.filter((name) => prometheus.names().includes(name)) : []
    const [workloads, ports, clocks] = await Promise.all([
      ctx
        .fanOut(names, (cluster, signal) => readWorkloads(kubernetes.for(cluster), { now: ctx.now(), signal }))
        .then(requireSome),
      ctx.fanOut(names, (cluster, signal) => readSriov(kubernetes.for(cluster), signal)),
      ctx.fanOut(measured, (cluster, signal) => readPtp(prometheus!.for(cluster), signal)),
    ])
    const all = { workloads: flat(workloads), ports: flat(ports), clocks: flat(clocks) }
    const checks = [
      ...all.workloads.flatMap(({ cluster, one }) =>
        one.healthy ? [] : [check(`${cluster}/${one.namespace}/${one.name}`, one.status, 'bad', one.reason)],
      ),
      ...all.clocks.flatMap(({ cluster, one }) => {
        const problem = ptpProblem(one)
        return problem ? [check(`${cluster}/${one.node}/${one.interface}`, one.state, 'warn', problem)] : []
      }),
      ...all.ports.flatMap(({ cluster, one }) => {
        const problem = sriovProblem(one)
        return problem ? [check(`${cluster}/${one.node}/${one.interface}`, one.syncStatus, 'warn', problem)] : []
      }),
    ]
    const worst: Tone = checks.some(({ tone }) => tone === 'bad') ? 'bad' : checks.length > 0 ? 'warn' : 'good'
    return {
      data: {
        title: counted(all.workloads.length, 'network function pod'),
        state: checks.length === 0 ? 'all well' : `${counted(checks.length, 'thing')} not well`,
        tone: worst,
        facts: [
          ...of('pods', workloadFacts(all.workloads.map(({ one }) => one)), ['not well']),
          ...(all.clocks.length > 0 ? of('PTP clocks', ptpFacts(all.clocks.map(({ one }) => one))) : []),
          ...(all.ports.length > 0 ? of('SR-IOV', sriovFacts(all.ports.map(({ one }) => one))) : []),
        ],
        checks,
      },
      clusters: together(names, [workloads, ports, clocks]),
    }
  },
})

/** Facts of several kinds stand in one line, so each says of what it is. */
const of = (what: string, facts: readonly Fact[], only?: readonly string[]): Fact[] =>
  facts.map((fact) =>
    only === undefined || only.includes(fact.label) ? { ...fact, label: `${what} ${fact.label}` } : fact,
  )

const flat = <T>({ values }: FanOut<T[]>) =>
  values.flatMap(({ cluster, value }) => value.map((one) => ({ cluster, one })))

const check = (label: string, state: string, tone: Tone, detail?: string) => ({
  id: label,
  label,
  state,
  tone,
  ...(detail && { detail }),
})

/** One entry a cluster over several fan-outs: partial where some of them failed. */
function together(names: readonly string[], parts: readonly FanOut<unknown>[]): ClusterAnswer[] {
  return names.map((cluster) => {
    const own = parts.flatMap((part) => part.clusters.filter((one) => one.cluster === cluster))
    const failed = own.filter(({ status }) => status !== 'success')
    const error = failed.flatMap((one) => one.error ?? []).join('; ')
    return {
      cluster,
      status: failed.length === 0 ? 'success' : failed.length === own.length ? 'error' : 'partial',
      tookMs: Math.max(0, ...own.map(({ tookMs }) => tookMs)),
      ...(error && { error }),
    }
  })
}
