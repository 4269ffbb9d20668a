import type { Toolbox } from '../conversation.ts'
import { fleetRules } from './fleet.ts'
import { marketRules } from './market.ts'
import { metricsRules } from './metrics.ts'
import { modelRules } from './models.ts'
import { nodeRules } from './nodes.ts'
import { orderRules } from './orders.ts'
import type { Question } from './question.ts'
import { rayRules } from './ray.ts'
import type { Rule } from './rule.ts'
import { talkRules } from './talk.ts'
import { telcoRules } from './telco.ts'
import { namedToolRule, searchRule } from './tool-names.ts'
import { workloadRules } from './workloads.ts'

/** All rules. Order decides between equal scores. */
export const RULES: readonly Rule[] = [
  ...nodeRules,
  ...metricsRules,
  ...modelRules,
  ...rayRules,
  ...marketRules,
  ...workloadRules,
  ...telcoRules,
  ...fleetRules,
  ...orderRules,
  ...talkRules,
]

/** For questions that no rule knows: a tool whose name the question says, else a search for one. */
export function genericRule(question: Question, toolbox: Toolbox): Rule | undefined {
  return namedToolRule(question, toolbox) ?? searchRule(question, toolbox)
}
