/** What other domains may use of this one. */
export { gpuQuery, gpusOf } from './dcgm.ts'
export type { Gpu } from './gpu.ts'
export { type Xid, xidInText, xidOf } from './xid.ts'
