import { ToolError } from '#contract'
import type { Clients, PerCluster } from './index.ts'
import { nearestTo } from './near.ts'

/** What to add to the configuration for an upstream that is not there. */
const line = {
  kubernetes: (cluster: string) => `"kubernetes": { "context": "${cluster}" } (or "url", or "inCluster": true)`,
  prometheus: () => '"prometheus": { "url": "http://prometheus:9090" }',
  alertmanager: () => '"alertmanager": { "url": "http://alertmanager:9093" }',
  loki: () => '"loki": { "url": "http://loki:3100" }',
  tempo: () => '"tempo": { "url": "http://tempo:3200" }',
}

const onCluster =
  (upstream: keyof typeof line, title: string) =>
  (cluster: string): ToolError =>
    // LGS-006 and TRC-008 have their own codes for a cluster without Loki or Tempo.
    new ToolError(
      upstream === 'loki' || upstream === 'tempo' ? `${upstream}-not-available` : 'not-configured',
      `No ${title} is configured for cluster ${cluster}.`,
      { next: `Add ${line[upstream](cluster)} to the cluster "${cluster}" in the configuration.`, cluster },
    )

const single = (title: string, add: string) =>
  new ToolError('not-configured', `No ${title} is configured.`, { next: `Add ${add} to the configuration.` })

/** The error of every upstream that is not configured, with the line to add. */
export const missing = {
  kubernetes: onCluster('kubernetes', 'Kubernetes API'),
  prometheus: onCluster('prometheus', 'Prometheus'),
  alertmanager: onCluster('alertmanager', 'Alertmanager'),
  loki: onCluster('loki', 'Loki'),
  tempo: onCluster('tempo', 'Tempo'),
  ray: (name: string, known: readonly string[] = []) =>
    known.length > 0
      ? new ToolError('not-found', `No Ray cluster named "${name}" is configured.`, {
          next: `Use one of: ${known.slice(0, 10).join(', ')}.`,
          details: { known: known.slice(0, 50) },
        })
      : single('Ray cluster', `"ray": [{ "name": "${name}", "dashboardUrl": "http://head:8265" }]`),
  qubic: () => single('Qubic network', '"qubic": { "url": "https://rpc.qubic.org" }'),
  vault: () =>
    new ToolError('not-configured', 'There is no vault to keep credentials in.', { next: 'Set QM_CREDENTIALS_KEY.' }),
  vllm: () => single('model endpoint', '"llm": { "baseUrl": "http://vllm:8000/v1" }'),
  huggingface: () => single('model hub', '"huggingface": { "url": "https://huggingface.co" }'),
  prices: () =>
    single('price list', '"prices": { "source": "…", "asOf": "YYYY-MM-DD", "gpuHourUsdCents": { "H100": 250 } }'),
}

export function clusterNotFound(name: string, known: readonly string[]): ToolError {
  const near = nearestTo(name, known)
  return new ToolError('cluster-not-found', `No cluster is named "${name}".`, {
    next:
      near.length > 0
        ? `Did you mean ${near.join(', ')}?`
        : known.length > 0
          ? `Use one of: ${known.slice(0, 10).join(', ')}.`
          : 'Register it (register_cluster), or add it under "clusters" in the configuration.',
    field: 'cluster',
    details: { known: known.slice(0, 50) },
  })
}

/**
 * Clients by name, each made when first asked for and then kept as long as its entry. `entries` is read at every question, so
 * that one which is added, replaced or taken away later counts at once.
 */
export function perCluster<E extends object, T>(options: {
  entries: ReadonlyMap<string, E>
  /** Whether an entry has this upstream; default: all have it */
  has?: (entry: E) => boolean
  make: (entry: E, name: string) => T
  absent: (name: string) => ToolError
  unknown: (name: string, known: readonly string[]) => ToolError
}): PerCluster<T> {
  const { entries, has = () => true, make, absent, unknown } = options
  const made = new WeakMap<E, T>()
  return {
    names: () => [...entries].filter(([, entry]) => has(entry)).map(([name]) => name),
    for(name) {
      const entry = entries.get(name)
      if (!entry) throw unknown(name, [...entries.keys()])
      if (!has(entry)) throw absent(name)
      const present = made.get(entry)
      if (present !== undefined) return present
      const client = make(entry, name)
      made.set(entry, client)
      return client
    },
  }
}

export type Singles = Pick<Clients, 'qubic' | 'vllm' | 'huggingface' | 'prices' | 'vault'>

/**
 * Adds members that are made when first read, and throw not-configured when they are not there. Absent ones are not enumerable: a copy
 * of all clients must not throw.
 */
export function defineSingles<T extends object>(
  target: T,
  makers: { [K in keyof Singles]: (() => Singles[K]) | undefined },
): T & Singles {
  for (const name of Object.keys(makers) as (keyof Singles)[]) {
    const make = makers[name]
    let made: unknown
    Object.defineProperty(target, name, {
      enumerable: make !== undefined,
      get() {
        if (!make) throw missing[name]()
        made ??= make()
        return made
      },
    })
  }
  return target as T & Singles
}
