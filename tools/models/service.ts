import { ToolError } from '#contract'
import type { Dynamo, DynamoDeployment } from '../clients/dynamo/types.ts'
import type { KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'
import { readNodes } from '../kubernetes/service.ts'
import { findModel, type Model, models, similarModels } from './catalogue.ts'
import { checkFit, type Fit } from './fit.ts'

/** The phases people know (MOD-041), from what Dynamo says. */
export function phaseOf(deployment: DynamoDeployment): 'pending' | 'deploying' | 'running' | 'failed' {
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
  nodes: { name: string; gpuModel: string; free: number; memoryBytes: number }[]
  gpuModel: string
  fit: Fit
  /** Replicas that have room now */
  room: number
  freeGpus: number
}

/** Where replicas of `gpus` GPUs would go now, on the GPU model with most room that the model fits. */
export async function findPlacement(parts: {
  client: KubernetesCluster
  model: Model
  gpus: number
  contextLength?: number | undefined
  signal: AbortSignal
}): Promise<Placement | undefined> {
  const { client, model, gpus, contextLength, signal } = parts
  const { rows } = await readNodes(client, { signal })
  const withGpus = rows.filter((row) => row.gpuModel !== undefined && row.gpuCapacity > 0)
  const byModel = Map.groupBy(withGpus, (row) => row.gpuModel!)
  const choices = [...byModel].map(([gpuModel, nodes]): Placement => {
    const memoryBytes = Math.max(...nodes.map((node) => node.gpuMemoryMib ?? 0)) * 1024 ** 2
    const able = nodes.filter((node) => node.gpuFree >= gpus).sort((a, b) => a.gpuFree - b.gpuFree)
    return {
      nodes: able.map((node) => ({ name: node.name, gpuModel, free: node.gpuFree, memoryBytes })),
      gpuModel,
      fit: checkFit({
        model,
        gpus,
        gpuMemoryBytes: memoryBytes,
        ...(contextLength !== undefined && { contextLength }),
      }),
      room: able.reduce((sum, node) => sum + Math.floor(node.gpuFree / gpus), 0),
      freeGpus: nodes.reduce((sum, node) => sum + node.gpuFree, 0),
    }
  })
  const rank: Record<Fit['verdict'], number> = { fits: 0, 'fits-with-less-context': 1, unknown: 2, 'does-not-fit': 3 }
  return choices.sort(
    (a, b) => rank[a.fit.verdict] - rank[b.fit.verdict] || Number(b.room > 0) - Number(a.room > 0) || b.room - a.room,
  )[0]
}
