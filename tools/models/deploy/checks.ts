import type { Plan } from '#contract'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { quantity } from '../../kubernetes/service.ts'
import { counted } from '../../table.ts'
import { bytesText, cell } from '../../text.ts'
import type { Model } from '../catalogue.ts'
import type { DeploymentConfig } from '../config.ts'
import type { Facts, Reading } from './facts.ts'
import { gpusOf, workersOf } from './settle.ts'
import { barriersOf, barrierWords } from './taints.ts'

type Check = Plan['checks'][number]

/** One check of something that must be there. */
function present<T>(
  label: string,
  reading: Reading<T>,
  words: { absent: string; found?: (value: T) => Omit<Check, 'label'> },
): Check {
  if (reading.state === 'absent') return { label, state: 'fail', detail: words.absent }
  if (reading.state === 'unreadable')
    return { label, state: 'warn', detail: `could not be checked: ${cell(reading.why, 160)}` }
  return { label, ...(words.found?.(reading.value) ?? { state: 'pass' }) }
}

const namesIn = (reading: Reading<KubeObject[]>): string[] =>
  reading.state === 'found' ? reading.value.map(({ metadata }) => metadata.name) : []

/** Keys of a Secret; its values are never looked at. */
const keysOf = ({ data }: KubeObject): string[] => Object.keys((data ?? {}) as Record<string, unknown>)

function secretChecks(config: DeploymentConfig, facts: Facts, model: Model): Check[] {
  const { hfTokenSecret, imagePullSecret, namespace } = config
  const command = `kubectl create secret generic ${hfTokenSecret} -n ${namespace} --from-literal=HF_TOKEN=<token>`
  const how = `create it${model.gated ? ' after accepting the licence' : ''}: ${command}`
  return [
    ...(facts.hfToken
      ? [
          present(`Secret ${hfTokenSecret}${model.gated ? ' for the gated model' : ''}`, facts.hfToken, {
            absent: `missing in ${namespace}; ${how}`,
            found: (secret) =>
              keysOf(secret).includes('HF_TOKEN')
                ? { state: 'pass' }
                : { state: 'fail', detail: 'has no key HF_TOKEN: put the Hugging Face token there' },
          }),
        ]
      : []),
    ...(facts.pullSecret
      ? [
          present(`Image pull secret ${imagePullSecret}`, facts.pullSecret, {
            absent: `missing in ${namespace}; create it: kubectl create secret docker-registry ${imagePullSecret} -n ${namespace}`,
            found: ({ type }) =>
              String(type).startsWith('kubernetes.io/dockerc')
                ? { state: 'pass' }
                : { state: 'fail', detail: `is of type ${cell(String(type), 60)}, not kubernetes.io/dockerconfigjson` },
          }),
        ]
      : []),
  ]
}

interface ClaimSpec {
  accessModes?: string[]
  resources?: { requests?: { storage?: string } }
  storageClassName?: string
}

function claimState(
  claim: KubeObject,
  { config, model }: { config: DeploymentConfig; model: Model },
): Omit<Check, 'label'> {
  const spec = (claim.spec ?? {}) as ClaimSpec
  const status = (claim.status ?? {}) as { phase?: string; capacity?: { storage?: string }; accessModes?: string[] }
  const modes = status.accessModes ?? spec.accessModes ?? []
  const size = quantity(status.capacity?.storage ?? spec.resources?.requests?.storage)
  const weights = model.weights.bytes
  const pods = workersOf(config) * (config.nodesPerReplica ?? 1)
  const shared = modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany')
  if (claim.metadata.deletionTimestamp) return { state: 'fail', detail: 'is being deleted' }
  if (status.phase === 'Lost') return { state: 'fail', detail: 'has lost its volume' }
  if (size !== undefined && size < weights)
    return {
      state: 'fail',
      detail: `has ${bytesText(size)}; the weights alone are ${bytesText(weights)}. Use a larger one`,
    }
  if (pods > 1 && !shared && modes.length > 0)
    return modes.includes('ReadWriteOncePod')
      ? { state: 'fail', detail: `ReadWriteOncePod is for one pod, and there are ${pods}` }
      : {
          state: 'warn',
          detail: `${modes.join(', ')}: all ${pods} workers must run on one node; ReadWriteMany lets them spread`,
        }
  return { state: 'pass', detail: [size !== undefined && bytesText(size), modes.join(', ')].filter(Boolean).join(', ') }
}

function storageChecks(config: DeploymentConfig, facts: Facts, model: Model): Check[] {
  if (!facts.claim || !config.storage) return []
  const claim = present(`PersistentVolumeClaim ${config.storage.claim}`, facts.claim, {
    absent: `missing in ${config.namespace}; create it, or leave storage out`,
    found: (object) => claimState(object, { config, model }),
  })
  const pending = facts.claim.state === 'found' && facts.claim.value.status?.phase === 'Pending'
  // A bound claim needs its class no more
  if (!facts.storageClass || !pending) return [claim]
  const name = String(facts.claim.state === 'found' ? facts.claim.value.spec?.storageClassName : '')
  return [
    claim,
    present(`StorageClass ${name}`, facts.storageClass, { absent: 'does not exist: the claim stays pending' }),
  ]
}

interface QuotaStatus {
  hard?: Record<string, string>
  used?: Record<string, string>
}

const gpuKeys = ['requests.nvidia.com/gpu', 'limits.nvidia.com/gpu', 'nvidia.com/gpu']

function quotaChecks(config: DeploymentConfig, facts: Facts, newGpus: number): Check[] {
  if (facts.quotas.state !== 'found') return []
  const defaults = facts.limits.state === 'found' ? facts.limits.value : []
  return facts.quotas.value.flatMap((object): Check[] => {
    const status = (object.status ?? {}) as QuotaStatus
    const hard = status.hard ?? ((object.spec ?? {}) as QuotaStatus).hard ?? {}
    const label = `Quota ${object.metadata.name}`
    const key = gpuKeys.find((one) => hard[one] !== undefined)
    const gpus = key === undefined ? undefined : { hard: Number(hard[key]), used: Number(status.used?.[key] ?? 0) }
    const words = gpus && `${gpus.used} of ${gpus.hard} GPUs used`
    const over = gpus !== undefined && gpus.used + newGpus > gpus.hard
    const unset = (['cpu', 'memory'] as const).find(
      (one) =>
        [`requests.${one}`, `limits.${one}`, one].some((name) => hard[name] !== undefined) &&
        config[one] === undefined &&
        !defaults.some((limit) => hasDefault(limit, one)),
    )
    return [
      ...(gpus
        ? [
            over
              ? {
                  label,
                  state: 'fail' as const,
                  detail: `${words}; ${newGpus} more do not fit: use fewer replicas or GPUs, or another namespace`,
                }
              : { label, state: 'pass' as const, detail: words! },
          ]
        : []),
      ...(unset
        ? [
            {
              label: `${label}: ${unset}`,
              state: 'warn' as const,
              detail: `pods must say how much ${unset} they take, and no LimitRange says it for them: give options.${unset}`,
            },
          ]
        : []),
    ]
  })
}

interface LimitSpec {
  limits?: { type?: string; max?: Record<string, string>; default?: Record<string, string>; defaultRequest?: object }[]
}
const limitsOf = ({ spec }: KubeObject) => ((spec ?? {}) as LimitSpec).limits ?? []
const hasDefault = (limit: KubeObject, resource: string): boolean =>
  limitsOf(limit).some((one) => one.default?.[resource] !== undefined || resource in (one.defaultRequest ?? {}))

function limitChecks(config: DeploymentConfig, facts: Facts): Check[] {
  if (facts.limits.state !== 'found') return []
  const asked = {
    'nvidia.com/gpu': String(config.gpus / (config.nodesPerReplica ?? 1)),
    ...(config.cpu !== undefined && { cpu: config.cpu }),
    ...(config.memory !== undefined && { memory: config.memory }),
  }
  return facts.limits.value.flatMap((object): Check[] =>
    limitsOf(object)
      .filter(({ type }) => type === 'Container' || type === 'Pod')
      .flatMap(({ type, max = {} }) =>
        Object.entries(asked)
          .filter(([name, amount]) => (quantity(max[name]) ?? Number.POSITIVE_INFINITY) < (quantity(amount) ?? 0))
          .map(([name, amount]) => ({
            label: `LimitRange ${object.metadata.name}`,
            state: 'fail' as const,
            detail: `a ${type!.toLowerCase()} may have at most ${max[name]} ${name}, and it asks for ${amount}`,
          })),
      ),
  )
}

function queueChecks(config: DeploymentConfig, facts: Facts, newGpus: number): Check[] {
  const { queue, namespace } = config
  if (!facts.queue) return []
  const label = `Queue ${queue}`
  if (facts.queue.state === 'no-kueue')
    return [{ label, state: 'fail', detail: 'Kueue is not installed on this cluster: leave options.queue out' }]
  return [
    present(label, facts.queue, {
      absent: `there is no LocalQueue ${queue} in ${namespace}`,
      found: ({ clusterQueue, pending, admitted, gpuQuota, gpuUsed, stopped }) => {
        const words = `${clusterQueue}: ${pending} waiting, ${admitted} admitted`
        if (stopped !== undefined) return { state: 'fail', detail: `${words}; takes nothing: ${stopped}` }
        if (gpuQuota === undefined) return { state: 'pass', detail: words }
        const left = Math.max(0, gpuQuota - (gpuUsed ?? 0))
        const quota = `${words}, ${left} of ${gpuQuota} GPUs left`
        if (newGpus > gpuQuota) return { state: 'fail', detail: `${quota}: it can never be admitted` }
        return newGpus > left ? { state: 'warn', detail: `${quota}: it waits` } : { state: 'pass', detail: quota }
      },
    }),
  ]
}

function priorityChecks({ priorityClass }: DeploymentConfig, facts: Facts): Check[] {
  if (priorityClass === undefined) return []
  const label = `PriorityClass ${priorityClass}`
  const { priorityClasses } = facts
  if (priorityClasses.state === 'unreadable')
    return [{ label, state: 'warn', detail: `could not be checked: ${cell(priorityClasses.why, 160)}` }]
  const names = namesIn(priorityClasses)
  const own = names.filter((name) => !name.startsWith('system-'))
  return [
    names.includes(priorityClass)
      ? { label, state: 'pass' }
      : {
          label,
          state: 'fail',
          detail: own.length > 0 ? `does not exist; there is: ${own.slice(0, 6).join(', ')}` : 'does not exist',
        },
  ]
}

/** Nodes that are there and do not count: with a toleration they would. */
function taintChecks(config: DeploymentConfig, nodes: readonly KubeObject[]): Check[] {
  const barriers = barriersOf(nodes, config)
  if (barriers.length === 0) return []
  const detail = `not counted, as options.tolerations does not allow them: ${cell(barrierWords(barriers), 200)}`
  return [{ label: 'Tainted GPU nodes', state: 'warn', detail }]
}

/** Labels that no node has, so that the pods would wait for ever. */
function nodeChecks(config: DeploymentConfig, facts: Facts, nodes: readonly KubeObject[]): Check[] {
  const checks: Check[] = []
  const selector = Object.entries(config.nodeSelector ?? {})
  const matching = nodes.filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value))
  if (selector.length > 0) {
    const values = selector.flatMap(([key, value]) => {
      const known = [...new Set(nodes.flatMap(({ metadata }) => metadata.labels?.[key] ?? []))]
      return known.includes(value) ? [] : [`${key} is ${known.slice(0, 5).join(', ') || 'on no node'}`]
    })
    const canGrow = facts.autoscaler.state === 'found' && facts.autoscaler.value.isHealthy
    checks.push({
      label: 'Node selector',
      state: matching.length > 0 ? 'pass' : canGrow ? 'warn' : 'fail',
      detail:
        matching.length > 0 ? `matches ${counted(matching.length, 'node')}` : `matches no node: ${values.join('; ')}`,
    })
  }
  checks.push(...taintChecks(config, nodes))
  const { spreadOver } = config
  if (spreadOver !== undefined) {
    const domains = new Set(matching.flatMap(({ metadata }) => metadata.labels?.[spreadOver] ?? []))
    checks.push({
      label: `Spread over ${spreadOver}`,
      state: domains.size > 1 ? 'pass' : domains.size === 1 ? 'warn' : 'fail',
      detail: domains.size > 0 ? counted(domains.size, 'place') : 'no node has this label',
    })
  }
  return checks
}

/** What the surroundings say about a configuration. `newGpus`: those that are not there already. */
export function checksOf(
  config: DeploymentConfig,
  around: { facts: Facts; model: Model; nodes: readonly KubeObject[]; exists: boolean },
): Check[] {
  const { facts, model, nodes, exists } = around
  const newGpus = exists ? 0 : gpusOf(config)
  return [
    ...secretChecks(config, facts, model),
    ...storageChecks(config, facts, model),
    ...quotaChecks(config, facts, newGpus),
    ...limitChecks(config, facts),
    ...queueChecks(config, facts, newGpus),
    ...priorityChecks(config, facts),
    ...nodeChecks(config, facts, nodes),
    ...(config.enforceEager
      ? [
          {
            label: 'CUDA graphs',
            state: 'pass' as const,
            detail: 'off: it starts sooner and decodes slower; options {"enforceEager":false} turns them on',
          },
        ]
      : []),
    ...(config.trustRemoteCode
      ? [{ label: 'Code of the model', state: 'warn' as const, detail: 'runs with the rights of the worker' }]
      : []),
  ]
}
