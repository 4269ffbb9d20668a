/** What other domains may use of this one. */
export { gpuQuery, gpusOf } from './dcgm.ts'
export { rowsOfNodes } from './rows.ts'
export { xidInText, xidOf } from './xid.ts'
