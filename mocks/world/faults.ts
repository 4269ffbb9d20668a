import type { Cluster } from './cluster.ts'
import { markStuck } from './deployments.ts'
import type { KubeObject, Pod, PodTemplate } from './kube-types.ts'
import type { Gpu } from './nodes.ts'
import { appOf } from './pod-app.ts'
import { stuckJob } from './ray-clusters.ts'
import { healRollout, ROLLOUT_FAULTS, type RolloutFault, rolloutTarget, strikeRollout } from './rollout-faults.ts'
import { modelOf } from './serving-info.ts'
import { clearXid, gpuTarget, holderOf, markXid, setAllocatable } from './sickness.ts'
import type { Trouble } from './troubles.ts'
import { isReady, livePods, ownedPods } from './workloads.ts'
import type { World } from './world.ts'

export const FAULT_KINDS = [
  'xid79',
  'oom-loop',
  'kv-cache-full',
  'failed-rollout',
  'dead-cluster',
  'stuck-ray-job',
  'silent-provider',
  ...ROLLOUT_FAULTS,
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** Where a fault strikes; each kind reads the few fields it needs and has a target of its own where none is given. */
export interface FaultTarget {
  cluster?: string
  node?: string
  gpu?: number
  namespace?: string
  /** A Deployment or graph by name. */
  app?: string
  model?: string
  rayCluster?: string
  workerId?: string
}

export interface Faults {
  /** Throws a plain Error with a sentence when the target does not exist. */
  inject(kind: FaultKind, target?: FaultTarget): Trouble
  /** Ends a fault and heals what it hit; false when there is no such fault or it is over. */
  clear(id: string): boolean
  list(): Trouble[]
}

type Heal = () => void

/** Breaks things in the world, and mends them again. */
export function createFaults(world: World): Faults {
  const heals = new Map<string, Heal>()
  let rayJobs = 0

  function open(trouble: Omit<Trouble, 'id' | 'injected' | 'fromMs'>, heal: Heal): Trouble {
    const opened = world.troubles.open({ ...trouble, fromMs: world.timeline.now(), injected: true })
    heals.set(opened.id, heal)
    return opened
  }

  function xid79(target: FaultTarget): Trouble {
    const cluster = world.cluster(target.cluster ?? 'gpu-east')
    const gpu = chooseGpu(cluster, target)
    const holder = holderOf(cluster, gpu)
    const pod = holder && cluster.pod(holder.namespace, holder.pod)
    const lifecycle = world.lifecycle(cluster.spec.name)
    const trouble = open({ kind: 'xid', xid: 79, ...gpuTarget(cluster, gpu) }, () => {
      setAllocatable(cluster, gpu, true)
      clearXid(cluster, gpu)
      if (pod) lifecycle.revive(pod)
    })
    markXid(cluster, gpu, { xid: 79, atMs: world.timeline.now() })
    setAllocatable(cluster, gpu, false)
    if (pod) lifecycle.strike(pod)
    return trouble
  }

  function oomLoop(target: FaultTarget): Trouble {
    const cluster = world.cluster(target.cluster ?? 'gpu-east')
    const deployment = chooseDeployment(cluster, target)
    const { namespace = 'default' } = deployment.metadata
    const lifecycle = world.lifecycle(cluster.spec.name)
    const pods = () => podsOf(cluster, deployment)
    const app = pods()[0] ? appOf(pods()[0] as Pod) : deployment.metadata.name
    const trouble = open({ kind: 'oom-loop', cluster: cluster.spec.name, namespace, app }, () =>
      pods().forEach(lifecycle.revive),
    )
    pods().forEach(lifecycle.strike)
    return trouble
  }

  function kvCacheFull(target: FaultTarget): Trouble {
    const cluster = world.cluster(target.cluster ?? 'gpu-east')
    const workers = cluster
      .pods()
      .filter((pod) => pod.metadata.namespace === (target.namespace ?? 'inference') && modelOf(pod.spec.containers[0]))
    const worker = workers.find((pod) => {
      if (target.app) return appOf(pod) === target.app
      return target.model ? modelOf(pod.spec.containers[0]) === target.model : true
    })
    if (!worker) throw new Error(`no served model ${target.model ?? target.app ?? ''} in ${cluster.spec.name}`)
    const place = { cluster: cluster.spec.name, namespace: worker.metadata.namespace ?? '', app: appOf(worker) }
    return open({ kind: 'kv-cache-full', ...place, model: modelOf(worker.spec.containers[0]) ?? '' }, () => undefined)
  }

  function failedRollout(target: FaultTarget): Trouble {
    const cluster = world.cluster(target.cluster ?? 'gpu-east')
    const deployment = chooseDeployment(cluster, target)
    const { namespace = 'default', name } = deployment.metadata
    const before = (deployment.spec as { template: PodTemplate }).template
    const containers = before.spec.containers.map((one, index) =>
      index === 0 ? { ...one, image: one.image.replace(/:[^:/]*$/, ':does-not-exist') } : one,
    )
    const put = (template: PodTemplate) =>
      cluster.store.edit('deployments.apps', { namespace, name }, (now) => ({
        ...now,
        spec: { ...(now.spec as object), template },
      }))
    put({ ...before, spec: { ...before.spec, containers } })
    world.timeline.after(30_000, () => markStuck(cluster, namespace, name))
    return open({ kind: 'failed-rollout', cluster: cluster.spec.name, namespace, app: name }, () => put(before))
  }

  function deadCluster(target: FaultTarget): Trouble {
    const cluster = world.cluster(target.cluster ?? 'gpu-west')
    return open({ kind: 'dead-cluster', cluster: cluster.spec.name }, () => undefined)
  }

  function stuckRayJob(target: FaultTarget): Trouble {
    const place = {
      cluster: target.cluster ?? 'gpu-east',
      namespace: target.namespace ?? 'ray',
      name: target.rayCluster ?? 'ray-train',
    }
    const ray = target.rayCluster === 'ray-lab' ? world.rayCluster('bare') : world.rayCluster(place)
    if (!ray) throw new Error(`no Ray cluster ${place.name} in ${place.cluster}/${place.namespace}`)
    const rayJob = `stuck-train-${String(++rayJobs).padStart(4, '0')}`
    world.rayJobs.plant(ray.key, stuckJob(rayJob, world.timeline.now()))
    return open(
      { kind: 'stuck-ray-job', cluster: place.cluster, namespace: place.namespace, rayCluster: ray.name, rayJob },
      () => {
        world.rayJobs.stop(ray.key, rayJob)
      },
    )
  }

  function silentProvider(target: FaultTarget): Trouble {
    const busy = world.book().jobs.find((job) => job.number === 42)?.providerId
    const provider = world
      .book()
      .providers.find((one) => (target.workerId ? one.workerId === target.workerId : one.id === busy))
    if (!provider) throw new Error(`no provider ${target.workerId ?? ''}`)
    return open({ kind: 'silent-provider', cluster: 'hub', workerId: provider.workerId }, () => undefined)
  }

  function rollout(kind: RolloutFault): (target: FaultTarget) => Trouble {
    return (wanted) => {
      const cluster = world.cluster(wanted.cluster ?? 'gpu-east')
      const target = rolloutTarget(cluster, wanted)
      const lifecycle = world.lifecycle(cluster.spec.name)
      const trouble = open({ kind, ...target }, () => healRollout(cluster, lifecycle, target))
      strikeRollout(cluster, lifecycle, { kind, ...target })
      return trouble
    }
  }

  const injectors: Record<FaultKind, (target: FaultTarget) => Trouble> = {
    xid79,
    'oom-loop': oomLoop,
    'kv-cache-full': kvCacheFull,
    'failed-rollout': failedRollout,
    'dead-cluster': deadCluster,
    'stuck-ray-job': stuckRayJob,
    'silent-provider': silentProvider,
    'load-oom': rollout('load-oom'),
    'gated-download': rollout('gated-download'),
    'image-pull': rollout('image-pull'),
    unschedulable: rollout('unschedulable'),
  }

  return {
    inject(kind, target = {}) {
      world.sync()
      const trouble = injectors[kind](target)
      world.sync()
      return trouble
    },
    clear(id) {
      world.sync()
      const closed = world.troubles.close(id, world.timeline.now())
      heals.get(id)?.()
      heals.delete(id)
      world.sync()
      return closed !== undefined
    },
    list: () => world.troubles.all().filter((trouble) => trouble.injected && trouble.toMs === undefined),
  }
}

function chooseGpu(cluster: Cluster, { node, gpu: index, namespace, app }: FaultTarget): Gpu {
  const found = cluster.gpus.find((gpu) => {
    if (node !== undefined) return gpu.node === node && gpu.index === (index ?? 0)
    const holder = holderOf(cluster, gpu)
    if (!holder || holder.namespace !== (namespace ?? 'inference')) return false
    const pod = cluster.pod(holder.namespace, holder.pod)
    return app === undefined || (pod !== undefined && (appOf(pod) === app || pod.metadata.name === app))
  })
  if (!found) throw new Error(`no such GPU in ${cluster.spec.name}`)
  return found
}

function podsOf(cluster: Cluster, deployment: KubeObject): Pod[] {
  return cluster.store.ownedBy('replicasets.apps', deployment.metadata.uid).flatMap((set) => ownedPods(cluster, set))
}

/** The Deployment meant; by default a healthy application with at least two pods, which no graph owns. */
function chooseDeployment(cluster: Cluster, { namespace, app }: FaultTarget): KubeObject {
  const found = cluster.store.list('deployments.apps').find((deployment) => {
    const { metadata } = deployment
    if (namespace !== undefined && metadata.namespace !== namespace) return false
    if (app !== undefined)
      return metadata.name === app || metadata.labels?.['nvidia.com/dynamo-graph-deployment-name'] === app
    const pods = cluster.store.ownedBy('replicasets.apps', metadata.uid).flatMap((set) => livePods(cluster, set))
    const owned = metadata.ownerReferences?.some((owner) => owner.kind === 'DynamoGraphDeployment')
    const system = /^(kube-|gpu-operator|monitoring|logging|cert-manager|dynamo-|kuberay-|ingress)/.test(
      metadata.namespace ?? '',
    )
    return !owned && !system && pods.length >= 2 && pods.every(isReady)
  })
  if (!found) throw new Error(`no deployment ${namespace ?? '*'}/${app ?? '*'} in ${cluster.spec.name}`)
  return found
}
