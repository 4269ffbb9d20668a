import type * as z from 'zod'
import type { ServedComponent } from '../types.ts'
import type { Container, EnvVar, graphV1alpha1, graphV1beta1 } from './wire.ts'
import { argumentOf, wordsOf } from './words.ts'

/** A component in one shape, whichever version it was written in. */
export interface Part {
  name: string
  role: ServedComponent['role']
  replicas: number
  nodes: number
  /** Of one pod */
  gpus: number
  words: string[]
  image?: string
}

const roles = new Map<string, Part['role']>([
  ['frontend', 'frontend'],
  ['prefill', 'prefill'],
  ['decode', 'decode'],
  ['planner', 'planner'],
  ['epp', 'router'],
])

type Amounts = Record<string, string | number> | null | undefined

/** Whole GPUs and slices, of any maker. */
function gpusOf(...lists: Amounts[]): number {
  for (const amounts of lists) {
    const counts = Object.entries(amounts ?? {}).filter(([name]) => /\/(gpu|mig-[\w.]+)$/.test(name))
    const sum = counts.reduce((total, [, quantity]) => total + (Number(quantity) || 0), 0)
    if (sum > 0) return sum
  }
  return 0
}

/** Older graphs and hand-written ones say only on the command line that a worker prefills or decodes. */
function roleOf(type: string, words: readonly string[]): Part['role'] {
  const known = roles.get(type)
  if (known) return known
  const mode = argumentOf(words, '--disaggregation-mode')
  if (mode === 'prefill' || words.includes('--is-prefill-worker')) return 'prefill'
  if (mode === 'decode' || words.includes('--is-decode-worker')) return 'decode'
  return 'worker'
}

function partOf(
  part: Omit<Part, 'role' | 'words' | 'image'> & { type: string },
  { container, env }: { container: Container | undefined; env: EnvVar[] },
): Part {
  const { type, ...rest } = part
  const words = container ? wordsOf(container, env) : []
  return { ...rest, role: roleOf(type, words), words, ...(container?.image && { image: container.image }) }
}

export function partsOfV1beta1({ components, env }: z.output<typeof graphV1beta1>['spec']): Part[] {
  return (components ?? []).map(({ name, type = 'worker', replicas, multinode, podTemplate }) => {
    const containers = podTemplate?.spec?.containers ?? []
    const container = containers.find((one) => one.name === 'main') ?? containers[0]
    const { limits, requests } = container?.resources ?? {}
    const nodes = multinode ? (multinode.nodeCount ?? 2) : 1
    return partOf(
      { name, type, replicas: replicas ?? 1, nodes, gpus: gpusOf(limits, requests) },
      { container, env: env ?? [] },
    )
  })
}

export function partsOfV1alpha1({ services, envs }: z.output<typeof graphV1alpha1>['spec']): Part[] {
  return Object.entries(services ?? {}).map(([name, service]) => {
    const { componentType, subComponentType, replicas, multinode, resources, extraPodSpec } = service
    const container = extraPodSpec?.mainContainer ?? undefined
    const own = ({ gpu, custom }: { gpu?: string | number; custom?: Amounts } = {}): Amounts =>
      gpu === undefined ? custom : { 'nvidia.com/gpu': gpu }
    const { limits, requests } = container?.resources ?? {}
    return partOf(
      {
        name,
        type: subComponentType ?? componentType ?? 'worker',
        replicas: replicas ?? 1,
        nodes: multinode ? (multinode.nodeCount ?? 2) : 1,
        gpus: gpusOf(own(resources?.limits ?? {}), own(resources?.requests ?? {}), limits, requests),
      },
      { container, env: [...(envs ?? []), ...(service.envs ?? [])] },
    )
  })
}
