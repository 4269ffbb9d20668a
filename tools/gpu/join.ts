import { agree, type Figure, figureNames, type Source } from './figures.ts'
import type { Gpu } from './gpu.ts'
import { deviceOf } from './kernel-lines.ts'
import type { GpuNode, GpuPod } from './kube.ts'
import type { SmiReport } from './smi/report.ts'

/** Puts what nvidia-smi says of a node beside what DCGM says: the driver's own word first, both where they disagree. */
export function joinSmi(dcgm: readonly Gpu[], report: SmiReport, where: { cluster: string; node: string }): Gpu[] {
  const used = new Set<Gpu>()
  const joined = report.gpus.map((smi): Gpu => {
    const own = dcgm.find((gpu) => !gpu.mig && (gpu.uuid ? gpu.uuid === smi.uuid : gpu.index === smi.index))
    if (own) used.add(own)
    const gpu: Gpu = { ...where, index: smi.index, model: smi.model, ...own, uuid: smi.uuid, sources: {} }
    if (smi.device) gpu.device = smi.device
    if (smi.driver ?? report.driver) gpu.driver = smi.driver ?? report.driver!
    if (smi.broken.length > 0) gpu.broken = smi.broken
    for (const figure of figureNames) take(gpu, figure, smi.figures[figure])
    // On a GPU cut into instances the utilisation of the whole means nothing.
    if (smi.migOn) delete gpu.utilizationPercent
    return gpu
  })
  const rest = dcgm
    .filter((gpu) => !used.has(gpu))
    .map(
      (gpu): Gpu => ({
        ...gpu,
        sources: Object.fromEntries(
          figureNames.filter((name) => gpu[name] !== undefined).map((name) => [name, 'dcgm']),
        ),
      }),
    )
  return [...joined, ...rest].sort((left, right) => left.index - right.index)
}

function take(gpu: Gpu, figure: Figure, smi: number | undefined): void {
  const dcgm = gpu[figure]
  const source = (name: Source) => {
    gpu.sources = { ...gpu.sources, [figure]: name }
  }
  if (smi === undefined) {
    if (dcgm !== undefined) source('dcgm')
    return
  }
  gpu[figure] = smi
  source('nvidia-smi')
  if (dcgm !== undefined && !agree(figure, dcgm, smi))
    gpu.disagreements = [...(gpu.disagreements ?? []), { figure, dcgm, smi }]
}

/** Gives GPUs the pods that Kubernetes knows of, where the exporter names none: by UUID, and where a node's only pod holds all. */
export function joinPods(gpus: readonly Gpu[], pods: readonly GpuPod[]): Gpu[] {
  return gpus.map((gpu) => {
    if (gpu.pod) return gpu
    const here = pods.filter((pod) => pod.node === gpu.node && pod.cluster === gpu.cluster)
    const named = here.filter((pod) => gpu.uuid !== undefined && pod.uuids.includes(gpu.uuid))
    const nodeGpus = new Set(gpus.filter((one) => one.node === gpu.node).map((one) => one.index)).size
    const sole = here.length === 1 && here[0]!.gpus >= nodeGpus ? here : []
    const holders = (named.length > 0 ? named : sole).map((pod) => `${pod.namespace}/${pod.name}`)
    if (holders.length === 0) return gpu
    return { ...gpu, pod: holders[0]!, ...(holders.length > 1 && { pods: holders }) }
  })
}

/** What Kubernetes alone can say of a node that no telemetry tells of: how many, and which model. */
export const silentNodes = (nodes: readonly GpuNode[], gpus: readonly Gpu[]): GpuNode[] => {
  const heard = new Set(gpus.map((gpu) => gpu.node))
  return nodes.filter((node) => !heard.has(node.node) && (node.physical ?? node.capacity) > 0)
}

export const sameDevice = (gpu: Gpu, device: string): boolean =>
  gpu.device !== undefined && deviceOf(gpu.device) === deviceOf(device)

/** `nvidia-smi`, `dcgm`, or what each of the two tells. */
export function sourceWords(gpu: Gpu): string {
  const of = (source: Source) =>
    Object.entries(gpu.sources ?? {}).flatMap(([figure, one]) => (one === source ? [figure] : []))
  const smi = of('nvidia-smi')
  const dcgm = of('dcgm')
  if (smi.length === 0) return 'dcgm'
  return dcgm.length === 0 ? 'nvidia-smi' : `nvidia-smi; dcgm: ${dcgm.join(', ')}`
}
