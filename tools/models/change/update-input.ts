import * as z from 'zod'
import { ToolError } from '#contract'
import { cluster, optionalWord, wholeNumber, word } from '../../arguments.ts'
import { engines, findModel } from '../catalogue.ts'
import { type DeploymentConfig, runtimeIds } from '../config.ts'
import { engineWords } from '../deploy/engine-words.ts'
import type { Edit } from './edit-found.ts'
import type { Target } from './target.ts'

const quantity = word.refine((text) => /^\d+(\.\d+)?(m|[kMGTP]i?)?$/.test(text), 'must be like 8, 500m or 64Gi')
const labels = z.record(z.string(), z.string())

/** Members that change where the deployment is (MOD-058). */
const members = {
  contextLength: wholeNumber(256, 100_000_000).optional().describe('Tokens'),
  gpus: wholeNumber(1, 64).optional().describe('Per replica'),
  image: optionalWord('Runtime image'),
  engineArgs: z
    .array(word)
    .refine((args) => args.length <= 40, 'must have at most 40 words')
    .optional()
    .describe('Words of the command line'),
  servedModelName: optionalWord('Name for clients'),
  quantization: optionalWord('fp8, awq'),
  kvCacheDtype: z.enum(['auto', 'fp8']).optional().describe('Cache'),
  gpuMemoryUtilization: z
    .number()
    .refine((share) => share > 0 && share <= 1, 'must be above 0 and at most 1')
    .optional()
    .describe('Share, 0.9'),
  maxSequences: wholeNumber(1, 65_536).optional().describe('At once'),
  enforceEager: z.boolean().optional().describe('No CUDA graphs'),
  enablePrefixCaching: z.boolean().optional().describe('Reuse prefixes'),
  trustRemoteCode: z.boolean().optional().describe('Run its code'),
  routerMode: z.enum(['none', 'kv', 'round-robin']).optional().describe('Routing'),
  cpu: quantity.optional().describe('Of a replica'),
  memory: quantity.optional().describe('Of a replica'),
  sharedMemory: quantity.optional().describe('Of a replica'),
  gpuModel: optionalWord('H100'),
  nodeSelector: labels.optional().describe('Labels of nodes'),
  priorityClass: optionalWord('Priority'),
  autoscaling: z
    .strictObject({ minReplicas: wholeNumber(1, 1000), maxReplicas: wholeNumber(1, 1000) })
    .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, 'minReplicas must not exceed maxReplicas')
    .optional()
    .describe('By load'),
}
type Member = keyof typeof members

/** What may be taken back to its default. */
const removable = [
  'contextLength',
  'quantization',
  'kvCacheDtype',
  'gpuMemoryUtilization',
  'maxSequences',
  'cpu',
  'memory',
  'sharedMemory',
  'gpuModel',
  'nodeSelector',
  'priorityClass',
  'autoscaling',
] as const satisfies readonly Member[]

export const updateInput = z.strictObject({
  cluster,
  name: word.describe('Deployment'),
  namespace: optionalWord('Default: by name'),
  ...members,
  unset: z.array(z.enum(removable)).optional().describe('Back to default'),
  model: optionalWord('Cannot change'),
  engine: z.enum(engines).optional().describe('Cannot change'),
  runtime: z.enum(runtimeIds).optional().describe('Cannot change'),
  mode: z.enum(['aggregated', 'disaggregated']).optional().describe('Cannot change'),
})
export type UpdateInput = z.output<typeof updateInput>

/** What was asked to change, without the rest. */
export function wishesOf(asked: UpdateInput): {
  set: Partial<Pick<DeploymentConfig, Member>>
  unset: readonly Member[]
} {
  const {
    cluster: _,
    name: __,
    namespace: ___,
    unset = [],
    model: ____,
    engine: _____,
    runtime: ______,
    mode: _______,
    ...set
  } = asked
  return {
    set: Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)),
    unset,
  }
}

const refused = (field: string, message: string, next: string) =>
  new ToolError('invalid-input', message, { field, next, changed: 'nothing' })

/** @throws ToolError invalid-input for what makes it another deployment (MOD-058), and where nothing is to change */
export function checkWishes(asked: UpdateInput, { deployment, cluster }: Pick<Target, 'deployment' | 'cluster'>): void {
  const asModel = asked.model === undefined ? undefined : (findModel(asked.model)?.id ?? asked.model)
  const identity = [
    ['model', asModel, deployment.model ?? deployment.servedModelName],
    ['engine', asked.engine, deployment.engine],
    ['runtime', asked.runtime, deployment.runtime],
    ['mode', asked.mode, deployment.mode],
  ] as const
  for (const [field, wanted, now] of identity)
    if (wanted !== undefined && wanted !== now)
      throw refused(
        field,
        `${field} of ${deployment.name} on ${cluster} is ${now ?? 'not known'} and cannot be changed in place: it would be another deployment`,
        'Deploy it under another name with deploy_model, then delete this one with delete_deployment',
      )
  const { set, unset } = wishesOf(asked)
  const twice = unset.find((member) => set[member] !== undefined)
  if (twice) throw refused('unset', `${twice} is both set and unset`, 'Leave one of the two')
  if (Object.keys(set).length === 0 && unset.length === 0)
    throw refused('contextLength', 'Nothing is to be changed', `Give one of: ${Object.keys(members).join(', ')}`)
}

/** The configuration with what was asked. */
export function updated(config: DeploymentConfig, asked: UpdateInput): DeploymentConfig {
  const { set, unset } = wishesOf(asked)
  const next: DeploymentConfig = {
    ...config,
    ...set,
    ...(set.engineArgs && { engineArgs: engineWords(set.engineArgs) }),
  }
  for (const member of unset) delete next[member]
  return next
}

/** As it can be done to what somebody else wrote. */
export const editOf = (asked: UpdateInput): { edit: Edit; unset: readonly string[] } => {
  const { set, unset } = wishesOf(asked)
  return { edit: { ...set, ...(set.engineArgs && { engineArgs: engineWords(set.engineArgs) }) } as Edit, unset }
}

const word1 = (value: unknown): string =>
  (typeof value === 'object' ? JSON.stringify(value) : String(value ?? 'default')).slice(0, 80)

/** contextLength 8192 → 16384, image default → x. Masked before anything is cut: half of a secret is not known as one. */
export const changeWords = (
  past: Partial<DeploymentConfig>,
  asked: UpdateInput,
  redact: <T>(value: T) => T,
): string => {
  const { set, unset } = redact(wishesOf(asked))
  const before = redact(past)
  return [
    ...Object.entries(set).map(([member, value]) => {
      const old = before[member as Member]
      return old === undefined ? `${member} ${word1(value)}` : `${member} ${word1(old)} → ${word1(value)}`
    }),
    ...unset.map((member) => `${member} ${word1(before[member])} → default`),
  ]
    .join(', ')
    .slice(0, 400)
}

/** What one configuration has otherwise than another: contextLength 16384 → 8192. */
export const differenceWords = (before: Partial<DeploymentConfig>, after: Partial<DeploymentConfig>): string => {
  const members = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof DeploymentConfig)[]
  return members
    .filter((member) => word1(before[member]) !== word1(after[member]))
    .map((member) => `${member} ${word1(before[member])} → ${word1(after[member])}`)
    .join(', ')
    .slice(0, 400)
}
