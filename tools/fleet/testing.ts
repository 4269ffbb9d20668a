import { ToolError } from '#contract'
import type { Loki } from '../clients/loki/types.ts'
import type { Prometheus } from '../clients/prometheus/types.ts'
import { nodeOf } from '../kubernetes/testing.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf } from '../testing-upstreams.ts'

const denied = new ToolError('upstream-denied', 'Prometheus answered 401.', { next: 'Renew the token.' })
const cpuNode = nodeOf({ name: 'cpu' })

/** A hub without Loki, a spoke whose Prometheus refuses, a dead cluster and one with nothing configured. */
export const fleetContext = (actor = {}) =>
  testContext({
    actor,
    clients: {
      fleet: fleetOf([
        clusterInfo('hub', { type: 'hub', region: 'eu', labels: { tier: 'management' } }),
        clusterInfo('east', { region: 'us', labels: { tier: 'inference' } }),
        clusterInfo('dead', { environment: 'lab' }),
        clusterInfo('bare', { environment: 'lab' }),
      ]),
      kubernetes: perCluster({
        hub: kubernetesOf({ cluster: 'hub', objects: { nodes: [cpuNode] } }),
        east: kubernetesOf({
          cluster: 'east',
          objects: { nodes: [nodeOf({ gpus: 8 }), nodeOf({ name: 'n2', gpus: 8, ready: 'Unknown' })] },
        }),
        dead: new Error('connect refused'),
      }),
      prometheus: perCluster<Prometheus>({
        hub: prometheusOf({ cluster: 'hub' }),
        east: denied,
        dead: new Error('connect refused'),
      }),
      loki: perCluster<Loki>({ hub: { cluster: 'hub', ready: async () => false } as unknown as Loki }),
    },
  })
