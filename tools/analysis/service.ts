/** What other domains may use of this one. */
export { diagnose } from './diagnose.ts'
export { readPod } from './read-pod.ts'
