import type { Domain } from './define.ts'

/** Every domain, one line each. */
export const domains: readonly Domain[] = []
