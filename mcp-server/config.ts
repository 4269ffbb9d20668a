import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { ToolError } from '#contract'
import { modelConfig } from '#tools/clients/vllm/config.ts'
import { dataFolder } from './compile-cache.mjs'
import { isLoopback, type Person, urlHost } from './policy/identify.ts'
import { type Rates, ratesPattern, readRates } from './policy/rate-limits.ts'

const port = z.coerce.number().int().min(0).max(65_535)

/** The environment, validated once (FRM-043). Everything about upstreams is in the file that QM_CONFIG names. */
const environment = z.object({
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  QM_CONFIG: z.string().optional(),
  KUBECONFIG: z.string().optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  QM_DATA_DIR: z.string().optional(),
  QM_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  QM_WEBHOOK_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  QM_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  QM_ALLOWED_HOSTS: z.string().optional(),
  QM_CREDENTIALS_KEY: z.string().optional(),
  QM_CREDENTIALS_KEY_FILE: z.string().optional(),
  KUBERNETES_SERVICE_HOST: z.string().optional(),
  QM_PUBLIC_URL: z.url().optional(),
  QM_APPROVALS: z.enum(['page', 'client']).default('page'),
  QM_APPROVAL_TTL_MINUTES: z.coerce.number().positive().max(1440).default(15),
  QM_APPROVAL_CANCEL_SECONDS: z.coerce.number().min(0).max(300).default(5),
  QM_APPROVAL_SECOND_PERSON: z.enum(['off', 'danger', 'all']).default('off'),
  QM_PEOPLE: z
    .string()
    .regex(
      /^[^:,]{1,80}:(viewer|operator|owner):[^:,]{16,}(,[^:,]{1,80}:(viewer|operator|owner):[^:,]{16,})*$/,
      'must be like Grace:operator:<token of at least 16 characters>, several with commas between them',
    )
    .optional(),
  QM_PERSONA: z.string().default('default'),
  QM_RATE_LIMITS: z
    .string()
    .regex(ratesPattern, 'must be off, or like requests=300/50,queries=60/10,messages=30/5')
    .optional(),
  QM_DISABLED_JOBS: z
    .string()
    .regex(/^[a-z][a-z.-]*(,[a-z][a-z.-]*)*$/, 'must be names of jobs or their beginnings, such as fleet.health,alerts')
    .optional(),
  QM_QUERY_GUARD: z.enum(['enforce', 'shadow', 'off']).optional(),
  QM_MODEL_CATALOGUE: z.string().optional(),
  QM_HUGGINGFACE_URL: z
    .string()
    .regex(/^(off|https?:\/\/.+)$/, 'must be an http:// or https:// address, or off')
    .optional(),
  QM_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LLM_BASE_URL: z.url().optional(),
  LLM_MODEL: z.string().optional(),
  LLM_API_KEY: z.string().optional(),
  LLM_ENDPOINTS: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue({ code: 'custom', message: 'must be a JSON list of model endpoints' })
        return z.NEVER
      }
    })
    .pipe(z.array(modelConfig))
    .optional(),
})

export interface Config {
  port: number
  host: string
  configFile?: string
  kubeconfig?: string
  databaseUrl?: string
  /** Nothing is configured and this runs in a pod with a service account: its cluster is the fleet */
  inCluster: boolean
  /** What credentials of clusters are sealed with */
  credentialsKey?: string
  credentialsKeyFile?: string
  /** No fleet is configured: `npm start` brings the demo world */
  demo: boolean
  dataDir: string
  ownerToken?: string
  /** What Alertmanagers send; it opens nothing but the entries for webhooks */
  webhookToken?: string
  secret?: string
  allowedHosts: string[]
  publicUrl?: string
  approvals: 'page' | 'client'
  approvalTtlMs: number
  /** Between a yes and its change, when it can still be cancelled; 0: none */
  approvalCancelMs: number
  /** Which changes two people must approve */
  approvalSecondPerson: 'off' | 'danger' | 'all'
  /** Who signs in beside the owner */
  people: Person[]
  persona: string
  /** Absent: nothing is limited */
  rateLimits?: Rates
  /** Beginnings of the names of background jobs that do not run here (FLT-050) */
  disabledJobs: string[]
  /** Instead of what the file says */
  queryGuard?: 'enforce' | 'shadow' | 'off'
  /** A file of models instead of the one that comes with the product (MOD-015) */
  modelCatalogue?: string
  /** Instead of what the file says; `off`: no hub is ever asked */
  huggingfaceUrl?: string
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  llm?: { baseUrl: string; model?: string; apiKey?: string }
  /** Further model endpoints; instead of those of the file */
  models?: z.output<typeof modelConfig>[]
}

/**
 * `serviceAccount`: where a pod finds its token.
 * @throws ToolError invalid-input naming the variable
 */
export function readConfig(
  env: Record<string, string | undefined>,
  serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount',
): Config {
  const parsed = environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new ToolError('invalid-input', `${issue.path.join('.')} ${issue.message}`, {
      field: issue.path.join('.'),
      next: 'Correct the environment variable (docs/configuration.md) and start again',
    })
  }
  const e = parsed.data
  if (!isLoopback(e.HOST) && e.QM_TOKEN === undefined)
    throw new ToolError(
      'invalid-input',
      `HOST=${e.HOST} is reachable from other machines, and no token is configured`,
      {
        field: 'HOST',
        next: 'Set QM_TOKEN to a long random text that clients send as a bearer token, or leave HOST out to stay on loopback',
      },
    )
  const people = peopleOf(e.QM_PEOPLE)
  refuseLonely({ second: e.QM_APPROVAL_SECOND_PERSON, people, ownerToken: e.QM_TOKEN })
  const unconfigured = e.QM_CONFIG === undefined && e.KUBECONFIG === undefined
  const inCluster = unconfigured && e.KUBERNETES_SERVICE_HOST !== undefined && existsSync(join(serviceAccount, 'token'))
  const demo = unconfigured && !inCluster
  const named =
    e.QM_ALLOWED_HOSTS?.split(',')
      .map((host) => host.trim().toLowerCase().replace(/:\d+$/, ''))
      .filter(Boolean) ?? []
  // the address itself, where it is one and not all of them
  const bound = isLoopback(e.HOST) || ['0.0.0.0', '::'].includes(e.HOST) ? [] : [urlHost(e.HOST)]
  const publicHost = e.QM_PUBLIC_URL ? [new URL(e.QM_PUBLIC_URL).hostname] : []
  return {
    port: e.PORT,
    host: e.HOST,
    ...(e.QM_CONFIG && { configFile: e.QM_CONFIG }),
    ...(e.KUBECONFIG && { kubeconfig: e.KUBECONFIG }),
    ...(e.DATABASE_URL && { databaseUrl: e.DATABASE_URL }),
    inCluster,
    ...(e.QM_CREDENTIALS_KEY && { credentialsKey: e.QM_CREDENTIALS_KEY }),
    ...(e.QM_CREDENTIALS_KEY_FILE && { credentialsKeyFile: e.QM_CREDENTIALS_KEY_FILE }),
    demo,
    // What people do with the demo must not be found in their own fleet later
    dataDir: demo && e.QM_DATA_DIR === undefined ? join(dataFolder(e), 'demo') : dataFolder(e),
    ...(e.QM_TOKEN && { ownerToken: e.QM_TOKEN }),
    ...(e.QM_WEBHOOK_TOKEN && { webhookToken: e.QM_WEBHOOK_TOKEN }),
    ...(e.QM_SECRET && { secret: e.QM_SECRET }),
    allowedHosts: ['localhost', '127.0.0.1', '[::1]', ...bound, ...named, ...publicHost],
    ...(e.QM_PUBLIC_URL && { publicUrl: e.QM_PUBLIC_URL.replace(/\/$/, '') }),
    approvals: e.QM_APPROVALS,
    approvalTtlMs: e.QM_APPROVAL_TTL_MINUTES * 60_000,
    approvalCancelMs: e.QM_APPROVAL_CANCEL_SECONDS * 1000,
    approvalSecondPerson: e.QM_APPROVAL_SECOND_PERSON,
    people,
    persona: e.QM_PERSONA,
    ...(e.QM_RATE_LIMITS !== 'off' && { rateLimits: readRates(e.QM_RATE_LIMITS)! }),
    disabledJobs: e.QM_DISABLED_JOBS?.split(',') ?? [],
    ...(e.QM_QUERY_GUARD && { queryGuard: e.QM_QUERY_GUARD }),
    ...(e.QM_MODEL_CATALOGUE && { modelCatalogue: e.QM_MODEL_CATALOGUE }),
    ...(e.QM_HUGGINGFACE_URL && { huggingfaceUrl: e.QM_HUGGINGFACE_URL }),
    logLevel: e.QM_LOG_LEVEL,
    ...(e.LLM_ENDPOINTS && { models: e.LLM_ENDPOINTS }),
    ...(e.LLM_BASE_URL && {
      llm: {
        baseUrl: e.LLM_BASE_URL,
        ...(e.LLM_MODEL && { model: e.LLM_MODEL }),
        ...(e.LLM_API_KEY && { apiKey: e.LLM_API_KEY }),
      },
    }),
  }
}

const peopleOf = (given: string | undefined): Person[] =>
  (given?.split(',') ?? []).map((entry) => {
    const [name = '', role, token = ''] = entry.trim().split(':')
    return { id: `person:${name.toLowerCase()}`, name, role: role as Person['role'], token }
  })

/**
 * A rule of two people on a server where only one can sign in would stop every change without a word.
 * @throws ToolError invalid-input
 */
function refuseLonely(parts: {
  second: 'off' | 'danger' | 'all'
  people: Person[]
  ownerToken: string | undefined
}): void {
  const { second, people, ownerToken } = parts
  const refuse = (field: string, message: string, next: string) =>
    new ToolError('invalid-input', message, { field, next })
  if (people.length > 0 && ownerToken === undefined)
    throw refuse(
      'QM_PEOPLE',
      'QM_PEOPLE names people, and without QM_TOKEN everyone here is the local owner',
      'Set QM_TOKEN too, or leave QM_PEOPLE out',
    )
  const doubled = people.find(
    ({ id, token }, at) =>
      token === ownerToken || people.some((other, n) => n < at && (other.id === id || other.token === token)),
  )
  if (doubled)
    throw refuse(
      'QM_PEOPLE',
      `QM_PEOPLE has the name or the token of ${doubled.name} twice`,
      'Give each person a name and a token of their own',
    )
  if (second === 'off') return
  const able = people.filter(({ role }) => role === 'owner' || (second === 'all' && role === 'operator'))
  if (able.length === 0)
    throw refuse(
      'QM_APPROVAL_SECOND_PERSON',
      `QM_APPROVAL_SECOND_PERSON=${second} asks for two people, and only one can sign in who may approve`,
      `Name a second one, for example QM_PEOPLE=Grace:owner:<token>, with QM_TOKEN (docs/approvals.md), or leave it off`,
    )
}
