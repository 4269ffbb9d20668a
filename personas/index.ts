import { readFileSync } from 'node:fs'
import assistant from './default/persona.ts'
import type { Persona } from './define.ts'
import gpuExpert from './gpu-expert/persona.ts'
import marketOperator from './market-operator/persona.ts'
import networkCnf from './network-cnf/persona.ts'
import platformOps from './platform-ops/persona.ts'
import servingSre from './serving-sre/persona.ts'
import telco5g from './telco-5g/persona.ts'

export type { Persona } from './define.ts'

/** The built-in personas, `default` first (PER-006). */
export const personas: readonly Persona[] = [
  assistant,
  platformOps,
  gpuExpert,
  networkCnf,
  telco5g,
  servingSre,
  marketOperator,
]

/** Listed to every persona after its own tools. */
export const commonTools = ['search_tools', 'run_tool', 'get_result'] as const

/** The system prompt of a built-in persona, from the file beside it. */
export const promptOf = (id: string): string =>
  readFileSync(new URL(`./${id}/prompt.md`, import.meta.url), 'utf8').trim()
