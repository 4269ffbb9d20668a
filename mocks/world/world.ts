import { type Alert, alertsOf } from './alerts.ts'
import { createBoot } from './boot.ts'
import { startChurn } from './churn.ts'
import { type Ailment, type Cluster, createCluster, ensureNamespace, type Hindrance } from './cluster.ts'
import { startControllers } from './controllers.ts'
import { type FleetOptions, fleet } from './fleet.ts'
import { createHistory, type History } from './history.ts'
import type { Pod } from './kube-types.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { kernelStream, type LogStream, podStream } from './logs.ts'
import { createBook } from './market.ts'
import type { Book } from './market-types.ts'
import { appOf } from './pod-app.ts'
import { bareRayCluster, kubeRayCluster, type RayCluster, seedRayJobs } from './ray-clusters.ts'
import { createRayJobs, type RayJobs } from './ray-jobs.ts'
import { rolloutFaultOf } from './rollout-faults.ts'
import { seedApps } from './seed-apps.ts'
import { seedCnf } from './seed-cnf.ts'
import { seedRuntimes } from './seed-runtimes.ts'
import { seedServices } from './seed-services.ts'
import { RAY_CLUSTERS, seedGpuWork } from './seed-serving.ts'
import { seedObjects, seedSystem } from './seed-system.ts'
import { createServingIndex, type ServingIndex } from './serving-info.ts'
import { seedSickness } from './sickness.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { type TraceContext, traceById, tracesBetween, type WorldTrace } from './traces.ts'
import { createTroubles, lasts, type Troubles } from './troubles.ts'

export interface WorldOptions extends FleetOptions {
  seed?: string
  /** The clock the world follows, milliseconds since the epoch. */
  clock: () => number
}

/** The fleet, deterministic from seed and clock. Call `sync` before reading: it lets happen what is due by now. */
export interface World {
  seed: string
  bootMs: number
  timeline: Timeline
  clusters: Cluster[]
  cluster(name: string): Cluster
  lifecycle(cluster: string): Lifecycle
  history(cluster: string): History
  /** The log of a pod, and when its container was restarted. */
  logOf(cluster: string, pod: Pod): { stream: LogStream; restartsMs: readonly number[] }
  /** Every log stream of a cluster: pods, also those gone, and the kernels of its GPU nodes. */
  logStreams(cluster: string): LogStream[]
  /** The traces of a cluster's serving frontends. */
  traces(cluster: string): {
    between(fromMs: number, toMs: number): WorldTrace[]
    byId(id: string): WorldTrace | undefined
  }
  alerts(cluster: string): Alert[]
  troubles: Troubles
  rayJobs: RayJobs
  /** The Ray clusters of the world: those of KubeRay by their place, and the bare one. */
  rayCluster(place: { cluster: string; namespace: string; name: string } | 'bare'): RayCluster | undefined
  /** The marketplace as it was when the world was made. */
  book(): Book
  /** World time: the clock plus what was ticked ahead. */
  now(): number
  sync(): void
  /** Moves the world ahead of its clock. */
  tick(seconds: number): void
}

export function createWorld({ seed = 'quartermaster', clock, ...fleetOptions }: WorldOptions): World {
  const bootMs = clock()
  let aheadMs = 0
  const timeline = createTimeline(bootMs)
  const troubles = createTroubles()
  const rayJobs = createRayJobs({ timeline, seed })
  const lifecycles = new Map<string, Lifecycle>()
  const histories = new Map<string, History>()
  const servings = new Map<string, ServingIndex>()

  const rolloutFault = (cluster: string, pod: Pod) =>
    rolloutFaultOf(troubles.all(), pod, { cluster, atMs: timeline.now() })

  function hindranceOf(cluster: string, pod: Pod): Hindrance | undefined {
    const fault = rolloutFault(cluster, pod)
    return fault === 'image-pull' || fault === 'unschedulable' ? fault : undefined
  }

  function ailmentOf(cluster: string, pod: Pod): Ailment | undefined {
    const fault = rolloutFault(cluster, pod)
    if (fault === 'load-oom' || fault === 'gated-download') return 'crash'
    for (const trouble of troubles.all()) {
      if (
        trouble.cluster !== cluster ||
        trouble.namespace !== pod.metadata.namespace ||
        !lasts(trouble, timeline.now())
      )
        continue
      // A process on a GPU that fell off the bus dies at every start.
      const deadGpu = trouble.kind === 'xid' && trouble.xid === 79
      if (trouble.kind !== 'crash-loop' && trouble.kind !== 'oom-loop' && !deadGpu) continue
      if (trouble.app === appOf(pod) || trouble.app === pod.metadata.name)
        return trouble.kind === 'oom-loop' ? 'oom' : 'crash'
    }
    return undefined
  }

  const clusters = fleet(fleetOptions).map((spec) => {
    const cluster = createCluster({
      spec,
      seed,
      timeline,
      ailmentOf: (pod) => ailmentOf(spec.name, pod),
      hindranceOf: (pod) => hindranceOf(spec.name, pod),
    })
    const lifecycle = createLifecycle(cluster)
    const boot = createBoot(cluster, startControllers(cluster, { lifecycle, rayJobs }))
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
      ensureNamespace(cluster, name, bootMs - 40 * 86_400_000)
    seedSystem(boot, lifecycle)
    seedGpuWork(boot)
    seedRuntimes(boot)
    seedObjects(boot)
    seedCnf(boot)
    seedServices(boot)
    seedApps(boot, troubles)
    seedSickness(cluster, troubles)
    cluster.booting = false
    startChurn(cluster)
    lifecycles.set(spec.name, lifecycle)
    histories.set(spec.name, createHistory(cluster))
    servings.set(spec.name, createServingIndex(cluster))
    return cluster
  })

  const book = createBook({ seed, bootMs })
  const bareRay = bareRayCluster(seed, bootMs)
  const seeded = RAY_CLUSTERS.map((ray) => `${ray.cluster}/ray/${ray.name}`)
  seedRayJobs(rayJobs, { keys: [...seeded, bareRay.key], bootMs })

  const now = () => clock() + aheadMs

  function clusterOf(name: string): Cluster {
    const found = clusters.find((cluster) => cluster.spec.name === name)
    if (!found) throw new Error(`no cluster ${name}`)
    return found
  }

  function history(name: string): History {
    const found = histories.get(name)
    if (!found) throw new Error(`no cluster ${name}`)
    return found
  }

  return {
    seed,
    bootMs,
    timeline,
    clusters,
    troubles,
    rayJobs,
    cluster: clusterOf,
    lifecycle(name) {
      const found = lifecycles.get(name)
      if (!found) throw new Error(`no cluster ${name}`)
      return found
    },
    history,
    logOf(name, pod) {
      const record = history(name).recordOf(pod)
      if (!record) throw new Error(`no pod ${pod.metadata.name}`)
      return { stream: podStream(record, { cluster: name, troubles: troubles.all() }), restartsMs: record.restartsMs }
    },
    logStreams(name) {
      const context = { cluster: name, troubles: troubles.all() }
      const pods = history(name)
        .records()
        .map((record) => podStream(record, context))
      const kernels = clusterOf(name)
        .plans.filter((plan) => plan.gpus.length > 0)
        .map((plan) => kernelStream(plan.name, { ...context, pciBusIdOf: (index) => plan.gpus[index]?.pciBusId ?? '' }))
      return [...pods, ...kernels]
    },
    traces(name) {
      const context: TraceContext = {
        workers: new Map(),
        cluster: clusterOf(name),
        history: history(name),
        serving: servings.get(name)!,
        troubles: troubles.all().filter((one) => one.cluster === name),
      }
      return {
        between: (fromMs, toMs) => tracesBetween(context, fromMs, toMs),
        byId: (id) => traceById(context, id, now()),
      }
    },
    rayCluster: (place) =>
      place === 'bare' ? bareRay : kubeRayCluster(clusterOf(place.cluster), place.namespace, place.name),
    book: () => book,
    alerts: (name) => alertsOf({ cluster: clusterOf(name), history: history(name), troubles: troubles.all() }),
    now,
    sync: () => timeline.advance(now()),
    tick(seconds) {
      aheadMs += seconds * 1000
      timeline.advance(now())
    },
  }
}
