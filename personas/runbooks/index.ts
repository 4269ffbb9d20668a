import { capacity } from './capacity.ts'
import type { Runbook } from './define.ts'
import { handover } from './handover.ts'
import { incident } from './incident.ts'
import { nodeMaintenance } from './node-maintenance.ts'
import { nodeTriage } from './node-triage.ts'
import { podTriage } from './pod-triage.ts'
import { rollout } from './rollout.ts'
import { slowModel } from './slow-model.ts'

export type { Completed, Runbook } from './define.ts'

/** Every runbook, the most asked for first. */
export const runbooks: readonly Runbook[] = [
  incident,
  nodeTriage,
  podTriage,
  slowModel,
  rollout,
  nodeMaintenance,
  capacity,
  handover,
]
