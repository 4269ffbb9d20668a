import type { GpuCheck } from '../facts.ts'
import { offenderCheck } from './fleet.ts'
import { kubernetesChecks } from './kubernetes.ts'
import { memoryChecks } from './memory.ts'
import { sensorChecks } from './sensors.ts'
import { softwareChecks } from './software.ts'
import { xidChecks } from './xid.ts'
import { xidCodeChecks } from './xid-codes.ts'

/** Every check of one GPU or node; those of the fleet (common cause, blast radius) look at what these found. */
export const gpuChecks: readonly GpuCheck[] = [
  ...xidChecks,
  ...memoryChecks,
  ...sensorChecks,
  ...kubernetesChecks,
  ...softwareChecks,
  ...xidCodeChecks,
  offenderCheck,
]

/** With common-cause and blast-radius. */
export const gpuCheckCount = gpuChecks.length + 2
