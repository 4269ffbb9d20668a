import { cards, formatMoney } from '#contract'
import { defineTool } from '#define'
import { counted } from '../table.ts'
import { bytesText, factsLine, headline, lines, tsv } from '../text.ts'
import { rayInput, totalOf } from './config.ts'
import { estimate, fitsWhole, priceText, roomWords } from './estimate.ts'

export const estimateRayCluster = defineTool({
  name: 'estimate_ray_cluster',
  title: 'What a Ray cluster would need',
  about:
    'GPUs, cores, memory, price an hour and room on each cluster for a Ray cluster that is only thought about. Changes nothing and asks nobody.',
  risk: 'read',
  card: 'cost',
  needs: ['fleet', 'kubernetes'],
  uses: ['prices'],
  input: rayInput,
  output: cards.cost.payload,
  examples: [{ workers: 3 }, { workers: 8, gpusPerWorker: 4, gpuModel: 'H100' }],
  route: { method: 'GET', path: '/ray-clusters/estimate' },
  access: [
    { verbs: ['list'], group: 'ray.io', resource: 'rayclusters' },
    { verbs: ['list'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'pods' },
  ],
  text: ({ title, state = '', summary, facts, checks, lines: costs }) =>
    lines(
      headline({ title, state, summary }),
      factsLine(facts ?? []),
      tsv(
        ['what', 'how many', 'an hour'],
        costs.map((one) => [one.label, one.quantity, one.cost ? formatMoney(one.cost) : 'no price']),
      ),
      tsv(
        ['cluster', 'room', 'detail'],
        (checks ?? []).map((check) => [check.label, check.state, check.detail]),
      ),
    ),
  async run(input, ctx) {
    const { candidates, answers, chosen, config, perHour, lines: costs } = await estimate(input, ctx)
    const total = totalOf(config)
    const fits = fitsWhole(chosen, input)
    return {
      clusters: answers,
      data: {
        title: `One head and ${counted(config.workers, 'worker')} with ${counted(config.worker.gpus, 'GPU')} each`,
        state: fits ? 'fits' : 'no room',
        tone: fits ? ('good' as const) : ('warn' as const),
        summary: fits ? `It would go to ${chosen.cluster}; ${priceText(perHour)}` : `${chosen.cluster} comes closest`,
        per: 'hour' as const,
        lines: costs,
        totals: perHour ? [perHour] : [],
        unpriced: costs.filter(({ cost }) => !cost).length,
        facts: [
          { label: 'GPUs', value: String(total.gpus) },
          ...(config.gpuModel ? [{ label: 'GPU model', value: config.gpuModel }] : []),
          { label: 'CPU cores', value: String(total.cpuCores) },
          { label: 'Memory', value: bytesText(total.memoryBytes) },
          { label: 'Price', value: priceText(perHour) },
        ],
        checks: candidates.slice(0, 20).map((candidate) => {
          const whole = fitsWhole(candidate, input)
          return {
            id: candidate.cluster,
            label: candidate.cluster,
            state: whole ? 'room' : candidate.kubeRay ? 'too small' : 'no KubeRay',
            tone: whole ? ('good' as const) : candidate.kubeRay ? ('warn' as const) : ('neutral' as const),
            detail: roomWords(candidate, input),
          }
        }),
      },
      ...(fits && {
        next: [`launch_ray_cluster ${JSON.stringify({ workers: config.workers, gpusPerWorker: config.worker.gpus })}`],
      }),
    }
  },
})
