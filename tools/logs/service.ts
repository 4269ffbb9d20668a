/** What other domains may use of this one. */
export { createLineFolder, type FoldedLine, type LineFolder, type LogKind, maskLine } from './fold.ts'
export { type Severity, severityOf } from './severity.ts'
