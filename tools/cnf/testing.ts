import type { KubeObject, KubernetesCluster } from '../clients/kubernetes/types.ts'
import type { Prometheus, PrometheusResult } from '../clients/prometheus/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster, prometheusOf, type Upstream } from '../testing-upstreams.ts'

type Series = { name: string; labels?: Record<string, string>; value: number }

/** A Prometheus that holds these series and answers a selector over names and equal labels, with or without rate. */
export function holding(all: readonly Series[], asked: string[] = []): Prometheus {
  const answer = ({ query }: { query: string }): PrometheusResult => {
    const names = new RegExp(`^(${/__name__=~"([^"]*)"/.exec(query)?.[1]})$`)
    const matchers = [...query.matchAll(/(\w+)="([^"]*)"/g)]
    const series = all
      .filter(({ name, labels = {} }) => names.test(name) && matchers.every(([, key, value]) => labels[key!] === value))
      .map(({ name, labels = {}, value }) => ({
        metric: query.startsWith('rate(') ? labels : { __name__: name, ...labels },
        values: [[1, String(query.startsWith('rate(') ? value / 100 : value)] as [number, string]],
      }))
    return { resultType: 'vector', series, warnings: [] }
  }
  return prometheusOf({ cluster: 'edge', answer, asked })
}

/** A cluster with the SR-IOV operator and these node states and pods. */
export function site(objects: { states?: KubeObject[]; pods?: KubeObject[] }): KubernetesCluster {
  const group = 'sriovnetwork.openshift.io'
  const states = {
    group,
    version: 'v1',
    resource: 'sriovnetworknodestates',
    kind: 'SriovNetworkNodeState',
    namespaced: true,
  }
  return {
    ...kubernetesOf({
      cluster: 'edge',
      objects: { sriovnetworknodestates: objects.states ?? [], pods: objects.pods ?? [] },
    }),
    servedVersions: async (wanted) => (wanted === group && objects.states ? ['v1'] : []),
    resolveKind: async () => states,
  }
}

/** Network functions of one edge, and a cluster that does not answer. */
export const cnfContext = (options: { kubernetes?: Upstream<KubernetesCluster>; prometheus?: Upstream<Prometheus> }) =>
  testContext({
    clients: {
      fleet: fleetOf([clusterInfo('edge', { type: 'edge' }), clusterInfo('dead')]),
      kubernetes: perCluster<KubernetesCluster>({
        edge: options.kubernetes ?? site({}),
        dead: new Error('connect refused'),
      }),
      prometheus: perCluster<Prometheus>({
        edge: options.prometheus ?? holding([]),
        dead: new Error('connect refused'),
      }),
    },
  })
