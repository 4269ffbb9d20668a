import { alerts } from './alerts/domain.ts'
import { analysis } from './analysis/domain.ts'
import { cnf } from './cnf/domain.ts'
import type { Domain } from './define.ts'
import { escrow } from './escrow/domain.ts'
import { fleet } from './fleet/domain.ts'
import { gpu } from './gpu/domain.ts'
import { kubernetes } from './kubernetes/domain.ts'
import { logs } from './logs/domain.ts'
import { marketplace } from './marketplace/domain.ts'
import { metrics } from './metrics/domain.ts'
import { modelsDomain } from './models/domain.ts'
import { personaDomain } from './personas/domain.ts'
import { rayDomain } from './ray/domain.ts'
import { system } from './system/domain.ts'
import { traces } from './traces/domain.ts'

// One line each, however short the list is.
// biome-ignore format: two branches that each add a line must not meet in one
/** Every domain. */
export const domains: readonly Domain[] = [
  fleet,
  kubernetes,
  metrics,
  alerts,
  logs,
  traces,
  gpu,
  cnf,
  analysis,
  modelsDomain,
  personaDomain,
  rayDomain,
  marketplace,
  escrow,
  system,
]
