import { isToolError, ToolError } from '#contract'
import type { KubernetesCluster, ResourceKind } from '../../clients/kubernetes/types.ts'
import type { DeploymentConfig, RuntimeId } from '../config.ts'
import { runtimeOf, runtimes } from '../runtimes/index.ts'
import { servedKind } from '../runtimes/served.ts'
import type { Runtime } from '../runtimes/types.ts'

export interface Installed {
  runtime: Runtime
  kind: ResourceKind
}

export interface Choice extends Installed {
  config: DeploymentConfig
  /** Why this one: NVIDIA Dynamo: installed (v1beta1) */
  reason: string
}

/** The runtimes a cluster serves, in the order in which they are preferred. */
export async function installedRuntimes(client: KubernetesCluster, signal: AbortSignal): Promise<Installed[]> {
  const found = await Promise.all(
    runtimes.map(async (runtime): Promise<Installed[]> => {
      const kind = await servedKind(client, runtime, signal)
      if (!kind) return []
      try {
        // A group can be there without the kind: the GPU operator uses nvidia.com too
        await client.resolveKind(`${kind.resource}.${kind.version}.${kind.group}`, signal)
        return [{ runtime, kind }]
      } catch (error) {
        if (isToolError(error) && error.code === 'not-found') return []
        throw error
      }
    }),
  )
  return found.flat()
}

const titles = (installed: readonly Installed[]) => installed.map(({ runtime }) => runtime.title).join(', ')

/**
 * The runtime that was named, or the first that is there and can do what is asked, with the reason.
 * @throws ToolError not-configured where it is not installed; invalid-input where it cannot
 */
export function chooseRuntime(
  installed: readonly Installed[],
  asked: {
    cluster: string
    runtime?: RuntimeId | undefined
    goal: boolean
    configFor: (runtime: Runtime) => DeploymentConfig
  },
): Choice {
  const { cluster, configFor } = asked
  const named = asked.runtime ?? (asked.goal ? byGoalOf(installed) : undefined)
  if (named !== undefined) return chooseNamed(installed, { cluster, named, configFor })
  const reasons: string[] = []
  let first: unknown
  for (const { runtime, kind } of installed.filter(({ runtime }) => !runtime.byGoal)) {
    try {
      const config = able(configFor(runtime), runtime)
      const there = runtime.root.group === 'apps' ? 'no operator there that can' : `installed (${kind.version})`
      const reason = `${runtime.title}: ${there}${reasons.length > 0 ? `; ${reasons.join('; ')}` : ''}`
      return { runtime, kind, config, reason }
    } catch (error) {
      if (!isToolError(error)) throw error
      first ??= error
      reasons.push(`not ${runtime.title}: ${error.message}`)
    }
  }
  if (first) throw first
  throw new ToolError('not-configured', `${cluster} has nothing that serves models: ${titlesOf()}`, {
    cluster,
    next: 'Install one of their operators there, or choose a cluster that has one',
    changed: 'nothing',
  })
}

/** The runtime that takes a goal: one that is there, or the first we know, to be named as missing. */
const byGoalOf = (installed: readonly Installed[]): RuntimeId | undefined =>
  (installed.find(({ runtime }) => runtime.byGoal)?.runtime ?? runtimes.find(({ byGoal }) => byGoal))?.id

const titlesOf = () => `none of ${runtimes.map(({ title }) => title).join(', ')} is installed`

function chooseNamed(
  installed: readonly Installed[],
  {
    cluster,
    named,
    configFor,
  }: { cluster: string; named: RuntimeId; configFor: (runtime: Runtime) => DeploymentConfig },
): Choice {
  const found = installed.find(({ runtime }) => runtime.id === named)
  if (!found)
    throw new ToolError('not-configured', `${runtimeOf(named)?.title ?? named} is not installed on ${cluster}`, {
      cluster,
      field: 'runtime',
      next:
        installed.length > 0
          ? `There is: ${titles(installed)}. Leave runtime out, install its operator, or choose another cluster`
          : 'Install its operator there, or choose another cluster',
      changed: 'nothing',
    })
  const { runtime, kind } = found
  return {
    runtime,
    kind,
    config: able(configFor(runtime), runtime),
    reason: `${runtime.title}: as asked (${kind.version})`,
  }
}

/** @throws ToolError invalid-input where the runtime cannot do what the configuration says */
function able(config: DeploymentConfig, runtime: Runtime): DeploymentConfig {
  const refusal = runtime.refusal(config)
  if (!refusal) return config
  const { field, message, next } = refusal
  throw new ToolError('invalid-input', message, { field: fieldOf(field), next, changed: 'nothing' })
}

const main = new Set([
  ...['model', 'cluster', 'gpus', 'gpuModel', 'replicas', 'name', 'namespace', 'runtime', 'engine', 'mode'],
  ...['contextLength', 'options'],
])

/** The argument of the tool behind a member of the configuration. */
export const fieldOf = (member: string): string => {
  const [head = ''] = member.split(/[.[]/)
  if (head === 'modelId') return 'model'
  return main.has(head) ? member : `options.${member}`
}
