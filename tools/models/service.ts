import { ToolError } from '#contract'
import type { Dynamo, DynamoDeployment } from '../clients/dynamo/types.ts'
import type { KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'
import { meantModels } from '../gpu-model.ts'
import { readRoom } from '../kubernetes/service.ts'
import { findModel, gpuMemoryBytes, type Model, models, similarModels } from './catalogue.ts'
import { checkFit, type Fit } from './fit.ts'
import type { Phase } from './runtimes/types.ts'

/** The phases people know (MOD-041), from what Dynamo says. */
export function phaseOf(deployment: DynamoDeployment): Phase {
  if (deployment.raw.metadata.deletionTimestamp) return 'terminating'
  if (deployment.ready && deployment.state !== 'failed') return 'running'
  if (deployment.state === 'failed') return 'failed'
  return deployment.state === 'pending' || deployment.state === 'unknown' ? 'pending' : 'deploying'
}

export const subjectOf = (cluster: string, namespace: string, name: string): string =>
  `models/deployment/${cluster}/${namespace}/${name}`

/** @throws ToolError not-found with similar models */
export function requireModel(words: string): Model {
  const found = findModel(words)
  if (found) return found
  const similar = similarModels(words)
  throw new ToolError('not-found', `No model is known as ${words.slice(0, 120)}`, {
    field: 'model',
    next: similar.length > 0 ? `Did you mean ${similar.join(' or ')}?` : 'Take one from list_models',
    details: { similar, known: models().length },
    changed: 'nothing',
  })
}

export const dgdKind = (version: string): ResourceKind => ({
  group: 'nvidia.com',
  version,
  resource: 'dynamographdeployments',
  kind: 'DynamoGraphDeployment',
  namespaced: true,
})

/** @throws ToolError not-configured where the operator is missing */
export async function servedVersion(dynamo: Dynamo, signal: AbortSignal): Promise<'v1beta1' | 'v1alpha1'> {
  const version = await dynamo.apiVersion(signal)
  if (version) return version
  throw new ToolError('not-configured', `NVIDIA Dynamo is not installed on ${dynamo.cluster}`, {
    cluster: dynamo.cluster,
    next: 'Install the Dynamo operator there, or choose a cluster that has it',
    changed: 'nothing',
  })
}

export interface Placement {
  /** Nodes with enough free GPUs for one replica, best first */
  nodes: { name: string; free: number }[]
  gpuModel: string
  fit: Fit
  /** Replicas that have room now */
  room: number
  freeGpus: number
  /** GPU models of the cluster that take work now, this one among them */
  gpuModels: string[]
}

/**
 * Where replicas of `gpus` GPUs would go now: on the GPU model with most room that the model fits, or on `gpuModel`.
 * Undefined where no node with such a GPU takes work.
 * @throws ToolError not-found for a GPU model the cluster does not have
 */
export async function findPlacement(parts: {
  client: KubernetesCluster
  model: Model
  gpus: number
  contextLength?: number | undefined
  gpuModel?: string | undefined
  signal: AbortSignal
}): Promise<Placement | undefined> {
  const { client, model, gpus, contextLength, gpuModel: wanted, signal } = parts
  const nodes = (await readRoom(client, signal)).filter((node) => node.gpuModel !== undefined)
  const byModel = Map.groupBy(nodes, (node) => node.gpuModel!)
  const gpuModels = [...byModel.keys()].sort()
  const allowed = meantModels(wanted, gpuModels)
  if (wanted !== undefined && allowed.length === 0)
    throw new ToolError('not-found', `No node of ${client.cluster} that takes work has a ${wanted.slice(0, 80)}`, {
      cluster: client.cluster,
      field: 'gpuModel',
      next:
        gpuModels.length > 0
          ? `Use one of: ${gpuModels.join(', ')}`
          : 'Choose another cluster: list_nodes {"minFreeGpus":1}',
      changed: 'nothing',
    })
  const choices = allowed.map((gpuModel): Placement => {
    const own = byModel.get(gpuModel)!
    const able = own.filter(({ free }) => free.gpus >= gpus).sort((a, b) => a.free.gpus - b.free.gpus)
    const memoryMib = Math.min(...own.flatMap((node) => node.gpuMemoryMib ?? []))
    return {
      nodes: able.map(({ name, free }) => ({ name, free: free.gpus })),
      gpuModel,
      fit: checkFit({
        model,
        gpus,
        gpuMemoryBytes: Number.isFinite(memoryMib) ? memoryMib * 1024 ** 2 : gpuMemoryBytes(gpuModel),
        ...(contextLength !== undefined && { contextLength }),
      }),
      room: able.reduce((sum, { free }) => sum + Math.floor(free.gpus / gpus), 0),
      freeGpus: own.reduce((sum, { free }) => sum + free.gpus, 0),
      gpuModels,
    }
  })
  const rank: Record<Fit['verdict'], number> = { fits: 0, 'fits-with-less-context': 1, unknown: 2, 'does-not-fit': 3 }
  // Room now beats a longer context on GPUs that are taken
  const startable = (one: Placement) => Number(one.fit.verdict !== 'does-not-fit' && one.room > 0)
  return choices.sort(
    (a, b) => startable(b) - startable(a) || rank[a.fit.verdict] - rank[b.fit.verdict] || b.room - a.room,
  )[0]
}
