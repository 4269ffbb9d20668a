/** What can be wrong in the world, at rest or by injection. */
export type TroubleKind =
  | 'crash-loop'
  | 'oom-loop'
  | 'xid'
  | 'gpu-hot'
  | 'kv-cache-full'
  | 'failed-rollout'
  | 'dead-cluster'
  | 'stuck-ray-job'
  | 'silent-provider'
  | 'load-oom'
  | 'gated-download'
  | 'image-pull'
  | 'unschedulable'

/** One trouble and what it hits. Every view of the world (metrics, logs, alerts, events) reads the same record. */
export interface Trouble {
  id: string
  kind: TroubleKind
  cluster: string
  fromMs: number
  /** When it ended; absent while it lasts. */
  toMs?: number
  injected: boolean
  node?: string
  gpuIndex?: number
  gpuUuid?: string
  xid?: number
  namespace?: string
  /** The workload hit: the `app` label of its pods, the graph's name, or a pod's name. */
  app?: string
  model?: string
  rayCluster?: string
  rayJob?: string
  workerId?: string
}

export interface Troubles {
  open(trouble: Omit<Trouble, 'id' | 'injected'> & { injected?: boolean }): Trouble
  close(id: string, atMs: number): Trouble | undefined
  get(id: string): Trouble | undefined
  all(): readonly Trouble[]
  /** Those that last at a time. */
  at(atMs: number): Trouble[]
  /** Rises with each that begins or ends. */
  version(): number
}

export function createTroubles(): Troubles {
  const list: Trouble[] = []
  let count = 0
  let version = 0
  return {
    open({ injected = false, ...rest }) {
      const trouble: Trouble = { id: `${injected ? 'fault' : 'rest'}-${++count}`, injected, ...rest }
      list.push(trouble)
      version++
      return trouble
    },
    close(id, atMs) {
      const trouble = list.find((one) => one.id === id && one.toMs === undefined)
      if (trouble) trouble.toMs = atMs
      version++
      return trouble
    },
    get: (id) => list.find((one) => one.id === id),
    all: () => list,
    version: () => version,
    at: (atMs) => list.filter((one) => lasts(one, atMs)),
  }
}

export function lasts(trouble: Trouble, atMs: number): boolean {
  return trouble.fromMs <= atMs && (trouble.toMs === undefined || atMs < trouble.toMs)
}
