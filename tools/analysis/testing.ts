import type { KubeObject } from '../clients/kubernetes/types.ts'
import { asNode, asPod, podGpus, podState } from '../kubernetes/service.ts'
import { type PodDraft, podOf } from '../kubernetes/testing.ts'
import type { EventFact, PodFacts } from './facts.ts'

export const now = new Date('2026-11-20T12:00:00Z')

export interface FactsDraft {
  pod?: PodDraft
  event?: { reason: string; message: string }
  ownerEvent?: { reason: string; message: string }
  nodeEvent?: { reason: string; message: string }
  node?: KubeObject
  places?: PodFacts['places']
  claims?: KubeObject[]
  /** Lines of the run before */
  log?: string
  xids?: PodFacts['xids']
}

const eventOf = (object: string, event: { reason: string; message: string } | undefined): EventFact[] =>
  event ? [{ ...event, object, count: 3, at: '2026-11-20T11:55:00Z', warning: true }] : []

/** What a reader would have found, for the tests of single checks. */
export function factsOf(draft: FactsDraft): PodFacts {
  const pod = asPod(podOf(draft.pod))
  const state = podState(pod, now)
  return {
    cluster: 'east',
    now,
    pod,
    status: state.status,
    fine: state.status === 'Running' && !state.problem,
    gpus: podGpus(pod),
    events: eventOf('Pod/web-1', draft.event),
    ownerEvents: eventOf('ReplicaSet/web', draft.ownerEvent),
    nodeEvents: eventOf('Node/node-1', draft.nodeEvent),
    ...(draft.node && { node: asNode(draft.node) }),
    ...(draft.places && { places: draft.places }),
    claims: draft.claims ?? [],
    logs:
      draft.log === undefined
        ? []
        : [{ container: 'main', previous: true, lines: draft.log.split('\n').map((text) => ({ text })) }],
    xids: draft.xids ?? [],
    unknowns: [],
  }
}

/** A pod whose one container waits. */
export const waitingPod = (reason: string, message?: string): PodDraft => ({
  status: {
    phase: 'Pending',
    containerStatuses: [{ name: 'main', restartCount: 0, state: { waiting: { reason, ...(message && { message }) } } }],
  },
})

/** A pod that is started again after its container ended. */
export const crashedPod = (exitCode: number, reason = 'Error', more: { signal?: number } = {}): PodDraft => ({
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'main',
        restartCount: 5,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=main' } },
        lastState: { terminated: { exitCode, reason, finishedAt: '2026-11-20T11:58:00Z', ...more } },
      },
    ],
  },
})

/** A pod that no node takes. */
export const unplacedPod = (message: string, more: PodDraft = {}): PodDraft => ({
  ...more,
  spec: { containers: [{ name: 'main' }], nodeName: '', ...more.spec },
  status: {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  },
})

/** Running, and not ready for hours. */
export const unreadyPod = (more: PodDraft = {}): PodDraft => ({
  ...more,
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-11-20T08:00:00Z' }],
    containerStatuses: [
      { name: 'main', ready: false, restartCount: 0, state: { running: { startedAt: '2026-11-20T08:00:00Z' } } },
    ],
  },
})
