import type { KubeObject } from './kube-types.ts'
import { hexOf, uuidOf } from './random.ts'
import type { Store } from './store.ts'
import { kubeTime } from './time-text.ts'
import type { Timeline } from './timeline.ts'

export interface EventInput {
  about: KubeObject
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  component: string
  host?: string
}

export interface EventRecorder {
  /** Records an event; the same one again raises its count. Events are forgotten an hour after they were last seen. */
  record(input: EventInput): void
  /** As `record`, as though it had been seen `count` times between two past times. */
  backfill(input: EventInput, span: { firstMs: number; lastMs: number; count: number }): void
}

const TIME_TO_LIVE_MS = 3_600_000

interface Tally {
  namespace: string
  name: string
  count: number
  firstMs: number
  lastMs: number
}

export function createEventRecorder({ store, timeline }: { store: Store; timeline: Timeline }): EventRecorder {
  const tallies = new Map<string, Tally>()

  function backfill(input: EventInput, { firstMs, lastMs, count }: { firstMs: number; lastMs: number; count: number }) {
    const { about } = input
    const key = `${about.kind}/${about.metadata.uid}/${input.reason}/${input.message}`
    const known = tallies.get(key)
    const namespace = about.metadata.namespace ?? 'default'
    const name = known?.name ?? `${about.metadata.name}.${hexOf(key, 16)}`
    const tally: Tally = {
      namespace,
      name,
      count: (known?.count ?? 0) + count,
      firstMs: known?.firstMs ?? firstMs,
      lastMs,
    }
    tallies.set(key, tally)
    store.put('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace, uid: uuidOf(`${key}/event`), creationTimestamp: kubeTime(tally.firstMs) },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name: about.metadata.name,
        ...(about.metadata.namespace ? { namespace: about.metadata.namespace } : {}),
        uid: about.metadata.uid,
        resourceVersion: about.metadata.resourceVersion,
      },
      type: input.type,
      reason: input.reason,
      message: input.message,
      count: tally.count,
      firstTimestamp: kubeTime(tally.firstMs),
      lastTimestamp: kubeTime(lastMs),
      eventTime: null,
      source: { component: input.component, ...(input.host ? { host: input.host } : {}) },
      reportingComponent: input.component,
      reportingInstance: input.host ?? '',
    })
    scheduleRemoval(key, lastMs)
  }

  function scheduleRemoval(key: string, lastMs: number) {
    timeline.at(lastMs + TIME_TO_LIVE_MS, () => {
      const tally = tallies.get(key)
      if (!tally || tally.lastMs + TIME_TO_LIVE_MS > timeline.now()) return
      tallies.delete(key)
      store.remove('events', tally.namespace, tally.name)
    })
  }

  return {
    record: (input) => backfill(input, { firstMs: timeline.now(), lastMs: timeline.now(), count: 1 }),
    backfill,
  }
}
