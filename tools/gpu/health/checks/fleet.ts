import type { Finding } from '#contract'
import { counted } from '../../../table.ts'
import type { GpuNode } from '../../kube.ts'
import { xidOf } from '../../xid.ts'
import type { GpuCheck, HealthFacts } from '../facts.ts'
import { devicesOf, hitOf } from '../faults.ts'
import type { Found } from '../find.ts'

const memoryChain = new Set([92, 63, 94, 64, 48, 140, 95, 168])

/** GPUs that come back with hardware errors. */
export const offenderCheck: GpuCheck = {
  id: 'repeat-offender',
  severity: 'warning',
  title: 'The same GPU again and again',
  cause: 'Hardware errors of one GPU on several days or of several kinds: repairs so far did not reach the cause.',
  remedy: 'Take it out of service and have it replaced instead of resetting it once more.',
  falsifier: 'The errors have one cause outside the GPU (cable, slot, power) that is repaired now.',
  reads: 'kernel log and DCGM XID over the time asked for (seven days show most)',
  look: (facts) =>
    devicesOf(facts).flatMap((device) => {
      const hard = device.faults.filter(
        ({ kind, code }) => kind === 'xid' && xidOf(code).hardware && ![45, 154, 171, 172].includes(code),
      )
      // The links of one chain are one kind of error
      const kinds = new Set(hard.map(({ code }) => (memoryChain.has(code) ? 'memory' : code)))
      const days = new Set(hard.flatMap(({ firstAt, lastAt }) => [firstAt.slice(0, 10), lastAt.slice(0, 10)]))
      return kinds.size >= 3 || days.size >= 3 ? [hitOf(device, hard)] : []
    }),
}

const shared: { what: string; of: (node: GpuNode) => string | undefined }[] = [
  { what: 'rack', of: ({ rack }) => rack },
  { what: 'NVLink clique', of: ({ clique }) => clique },
  { what: 'driver', of: ({ driver }) => driver },
  { what: 'model', of: ({ model }) => model },
]

const nodesOf = ({ hits }: Found) => new Set(hits.flatMap(({ cluster, node }) => (node ? [`${cluster}/${node}`] : [])))

/** Fewest nodes with one symptom that make it a common cause. */
const leastCommon = 3

/** The same finding on several nodes that have a rack, a driver or a model in common, and others do not: one cause, not many. */
export function commonCauses(found: readonly Found[], { nodes }: HealthFacts): Finding[] {
  return found.flatMap((one): Finding[] => {
    const hit = nodesOf(one)
    if (one.finding.severity === 'info' || hit.size < leastCommon) return []
    const here = nodes.filter((node) => hit.has(`${node.cluster}/${node.node}`))
    const [first] = here
    const common = shared.find(({ of }) => {
      const value = first && of(first)
      const withValue = nodes.filter((node) => of(node) === value)
      // It explains something where most that have it are hit and some that do not have it are well.
      return (
        value !== undefined &&
        here.every((node) => of(node) === value) &&
        withValue.length < nodes.length &&
        hit.size >= withValue.length / 2
      )
    })
    if (!common || !first) return []
    const value = common.of(first)!
    return [
      {
        id: 'common-cause',
        severity: 'critical',
        title: `${one.check.id} on ${counted(hit.size, 'node')} of one ${common.what}: ${value}`,
        cause: `What they share is the ${common.what}, and nodes without it are well: look there before touching GPUs one by one.`,
        evidence: one.finding.evidence,
        remedy: `Check the ${common.what} (${value}): power, cooling and switch of a rack, the rollout of a driver, the firmware of a model.`,
        falsifier: `Nodes of the same ${common.what} under the same load are well.`,
      },
    ]
  })
}

/** How much of a cluster the findings would take out if all their nodes were cordoned: said before anybody does it. */
export function blastRadius(found: readonly Found[], { nodes, pods }: HealthFacts): Finding[] {
  const sick = new Set(
    found.filter(({ finding }) => finding.severity === 'critical').flatMap((one) => [...nodesOf(one)]),
  )
  const clusters = [...new Set(nodes.map(({ cluster }) => cluster))]
  return clusters.flatMap((cluster): Finding[] => {
    const own = nodes.filter((node) => node.cluster === cluster)
    const hit = own.filter((node) => sick.has(`${cluster}/${node.node}`) && !node.cordoned)
    const total = own.reduce((sum, node) => sum + node.capacity, 0)
    const lost = hit.reduce((sum, node) => sum + node.capacity, 0)
    if (hit.length < 2 || total === 0 || lost / total < 0.1) return []
    const percent = Math.round((lost / total) * 100)
    const hitNodes = new Set(hit.map(({ node }) => node))
    const evicted = pods.filter((pod) => pod.cluster === cluster && pod.node !== undefined && hitNodes.has(pod.node))
    const closed = own.filter((node) => node.cordoned).length
    return [
      {
        id: 'blast-radius',
        severity: 'warning',
        title: `Cordoning all of them would take ${percent} % of the GPUs of ${cluster}`,
        cause: `${counted(hit.length, 'node')} with critical findings hold ${lost} of ${total} GPUs${closed > 0 ? `; ${counted(closed, 'node')} already cordoned` : ''}.`,
        evidence: [
          { source: `pods of ${cluster}`, text: `${counted(evicted.length, 'GPU pod')} would have to move` },
          {
            source: `nodes of ${cluster}`,
            text: hit
              .map(({ node }) => node)
              .slice(0, 8)
              .join(', '),
          },
        ],
        remedy: 'Take one node out, wait until its work runs elsewhere, then the next.',
        falsifier: 'The cluster has that many free GPUs (get_gpu_workloads says how they lie).',
      },
    ]
  })
}
