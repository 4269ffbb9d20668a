import type { Check } from '../check.ts'
import { creationChecks, imageChecks } from './containers.ts'
import { exitChecks, initChecks } from './exits.ts'
import { podChecks, probeChecks } from './pod.ts'
import { schedulingChecks } from './scheduling.ts'
import { admissionChecks, nodeChecks, volumeChecks } from './surroundings.ts'
import { gpuChecks, logChecks } from './workload.ts'

/** Every check of a pod. What is said first of equal findings stands first here. */
export const podCheckList: readonly Check[] = [
  ...gpuChecks,
  ...imageChecks,
  ...creationChecks,
  ...schedulingChecks,
  ...volumeChecks,
  ...podChecks,
  ...exitChecks,
  ...probeChecks,
  ...initChecks,
  ...admissionChecks,
  ...nodeChecks,
  ...logChecks,
]
