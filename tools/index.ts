import type { Domain } from './define.ts'
import { personaDomain } from './personas/domain.ts'
import { system } from './system/domain.ts'

/** Every domain, one line each. */
export const domains: readonly Domain[] = [personaDomain, system]
