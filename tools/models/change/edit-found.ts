import { ToolError } from '#contract'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import type { Engine } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import type { WorkerPlace } from '../runtimes/types.ts'
import { type FlagMember, flagOf, flagsIn, flagValue, withFlag } from './flags.ts'
import { podOf, valueAt, withValue } from './paths.ts'
import { changeOf, type Target } from './target.ts'

/** What of a configuration can be changed in what somebody else wrote. */
export type Edit = Partial<
  Pick<
    DeploymentConfig,
    FlagMember | 'image' | 'gpus' | 'engineArgs' | 'cpu' | 'memory' | 'nodeSelector' | 'priorityClass'
  >
>
const editable: readonly (keyof Edit)[] = [
  'servedModelName',
  'contextLength',
  'quantization',
  'kvCacheDtype',
  'gpuMemoryUtilization',
  'maxSequences',
  'enforceEager',
  'enablePrefixCaching',
  'trustRemoteCode',
  'image',
  'gpus',
  'engineArgs',
  'cpu',
  'memory',
  'nodeSelector',
  'priorityClass',
]
const flagMembers = editable.slice(0, 9) as FlagMember[]

const unsafe = (target: Target, message: string, field?: string) =>
  new ToolError('invalid-request', message, {
    cluster: target.cluster,
    next: `Read it with get_resource {"cluster":"${target.cluster}","kind":"${target.kind.resource}.${target.kind.group}","name":"${target.deployment.name}","namespace":"${target.deployment.namespace}"} and change its manifest with apply_manifest.`,
    changed: 'nothing',
    ...(field && { field }),
  })

/**
 * The object of somebody else with these members changed in each of its workers, nothing else touched.
 * @throws ToolError invalid-request where it cannot be told what would happen: a shell line, a file of options
 */
export function editFound(target: Target, edit: Edit, unset: readonly string[] = []): KubeObject {
  const { object, deployment, title } = target
  const wanted = new Set([...Object.keys(edit), ...unset])
  const foreign = [...wanted].find((member) => !editable.includes(member as keyof Edit))
  if (foreign) throw unsafe(target, `${foreign} is not changed in ${title}, which was not made from here.`, foreign)
  const places = changeOf(target).workers(object)
  if (places.length === 0) throw unsafe(target, `${title} does not show the containers of its workers.`)
  const { engine } = deployment
  return places.reduce((next, place) => editWorker(next, { target, place, engine, edit, wanted }), object)
}

interface Worker {
  target: Target
  place: WorkerPlace
  engine: Engine | undefined
  edit: Edit
  wanted: ReadonlySet<string>
}

function editWorker(object: KubeObject, worker: Worker): KubeObject {
  const { place, edit, wanted } = worker
  const at = (...more: (string | number)[]) => [...place.container, ...more]
  let next = object
  if (edit.image !== undefined) next = withValue(next, at('image'), edit.image)
  for (const [member, resource] of [
    ['cpu', 'cpu'],
    ['memory', 'memory'],
  ] as const)
    if (wanted.has(member))
      // A limit that nobody had set stays unset: it would throttle
      for (const list of ['requests', 'limits'])
        if (
          list === 'requests' ||
          valueAt(next, at('resources', list, resource)) !== undefined ||
          edit[member] === undefined
        )
          next = withValue(next, at('resources', list, resource), edit[member])
  if (wanted.has('nodeSelector')) next = withValue(next, [...podOf(place), 'nodeSelector'], edit.nodeSelector)
  if (wanted.has('priorityClass')) next = withValue(next, [...podOf(place), 'priorityClassName'], edit.priorityClass)
  if (edit.gpus !== undefined) next = withGpus(next, worker, edit.gpus)
  return flagMembers.some((one) => wanted.has(one)) || edit.gpus !== undefined || edit.engineArgs !== undefined
    ? withWords(next, worker)
    : next
}

/** Requests of GPUs equal their limits, where both are written. */
function withGpus(object: KubeObject, { place }: Worker, gpus: number): KubeObject {
  const request = place.gpus.map((key) => (key === 'limits' ? 'requests' : key))
  const next = withValue(object, place.gpus, String(gpus))
  return valueAt(object, request) === undefined ? next : withValue(next, request, String(gpus))
}

function withWords(object: KubeObject, { target, place, engine, edit, wanted }: Worker): KubeObject {
  const container = valueAt(object, place.container) as { command?: string[]; args?: string[] }
  const { command, args } = container
  const shell = [...(command ?? []), ...(args ?? [])].find(
    (line) => /\s/.test(line.trim()) && !/^[[{]/.test(line.trim()),
  )
  if (shell !== undefined)
    throw unsafe(
      target,
      `${place.component} of ${target.title} starts its engine with a shell line, which is not changed word by word.`,
    )
  if (!engine) throw unsafe(target, `${target.title} does not say which engine it runs.`)
  // Flags stand in the arguments; some write everything as the command
  const member = args !== undefined || command === undefined ? 'args' : 'command'
  let words = [...(container[member] ?? [])]
  for (const one of flagMembers.filter((flag) => wanted.has(flag))) {
    const flags = flagOf(engine, one)
    if (!flags) throw unsafe(target, `${engine} takes ${one} not as a flag of its own.`, one)
    words = withFlag(words, flags, flagValue(edit, { member: one, engine }))
  }
  if (edit.gpus !== undefined && edit.gpus !== Number(valueAt(target.object, place.gpus) ?? 0)) {
    if (words.some((word) => /^--?(pp|pipeline)[-_]/.test(word)))
      throw unsafe(
        target,
        `${target.title} splits its model in stages: gpus alone does not say how it should be split.`,
        'gpus',
      )
    words = withFlag(words, flagOf(engine, 'tensor')!, edit.gpus > 1 ? String(edit.gpus) : undefined)
  }
  for (const { flag, value } of flagsIn(edit.engineArgs ?? [])) words = withFlag(words, [flag], value)
  return withValue(object, [...place.container, member], words)
}
