import * as z from 'zod'
import { ToolError } from '#contract'
import { word } from '../arguments.ts'
import { type ClusterConfig, clusterConfig } from '../clients/config.ts'
import type { Member } from './registry.ts'

/** The arguments that say what a cluster is (FLT-002). An empty text takes away what was there. */
export const clusterFacts = {
  displayName: word.optional().describe('Name for people'),
  type: z.enum(['hub', 'spoke', 'edge', 'far-edge']).optional().describe('Default: spoke'),
  environment: z.enum(['production', 'staging', 'development', 'lab']).optional().describe('Default: production'),
  region: word.optional().describe('Where it is'),
  labels: z.record(z.string(), z.string()).optional().describe('All of its labels'),
  endpoints: z
    .strictObject({
      prometheus: word.optional(),
      alertmanager: word.optional(),
      loki: word.optional(),
      tempo: word.optional(),
    })
    .optional()
    .describe('Their addresses; Thanos as prometheus'),
  tenant: word.optional().describe('X-Scope-OrgID of Loki and Tempo'),
  caCertificate: z
    .string()
    .refine((text) => text.length <= 65_536, 'must have at most 64 KiB')
    .optional()
    .describe('PEM of the authority that signed their certificates'),
  insecure: z.boolean().optional().describe('Allow plain http and any certificate'),
}
const facts = z.object(clusterFacts)
export type ClusterFacts = z.output<typeof facts> & { apiServerUrl?: string | undefined }

const invalid = (field: string, message: string, next: string) =>
  new ToolError('invalid-input', message, { field, next, changed: 'nothing' })

const isLoopback = (host: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)

/** @throws invalid-input naming the argument (FLT-006) */
export function checkAddress(
  text: string,
  field: string,
  { insecure, mustBeSafe }: { insecure: boolean; mustBeSafe: boolean },
) {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    throw invalid(field, `${field} is not an http or https address`, 'Give it like https://10.0.0.1:6443')
  if (url.username || url.password)
    throw invalid(field, `${field} holds credentials`, 'Leave them out and give them as credentials of the cluster')
  if (url.search || url.hash) throw invalid(field, `${field} has a query or a fragment`, 'Give the base address alone')
  if (mustBeSafe && url.protocol === 'http:' && !insecure && !isLoopback(url.hostname))
    throw invalid(field, `${field} is plain http to another machine`, 'Use https, or set insecure: true on purpose')
  return text.replace(/\/+$/, '')
}

const endpoints = ['prometheus', 'alertmanager', 'loki', 'tempo'] as const

/** What people gave, as changes of the configuration of a cluster: null takes a member away. */
export function changesOf(input: ClusterFacts, before?: ClusterConfig): Partial<Record<Member, unknown>> {
  const changes: Partial<Record<Member, unknown>> = {}
  for (const member of ['displayName', 'type', 'environment', 'region', 'labels'] as const)
    if (input[member] !== undefined) changes[member] = input[member] === '' ? null : input[member]

  const insecure = input.insecure ?? before?.kubernetes?.insecureSkipTlsVerify ?? false
  const transport = {
    ...(input.caCertificate !== undefined && { ca: input.caCertificate || undefined }),
    ...(input.insecure !== undefined && { insecureSkipTlsVerify: input.insecure || undefined }),
  }
  if (input.caCertificate && !input.caCertificate.includes('-----BEGIN CERTIFICATE-----'))
    throw invalid(
      'caCertificate',
      'caCertificate is not PEM',
      'Give the text that begins with -----BEGIN CERTIFICATE-----',
    )
  const hasTransport = Object.keys(transport).length > 0

  const kubernetes = before?.kubernetes?.url === undefined ? undefined : before.kubernetes
  if (input.apiServerUrl !== undefined) {
    const url = checkAddress(input.apiServerUrl, 'apiServerUrl', { insecure, mustBeSafe: true })
    const { ca, insecureSkipTlsVerify } = kubernetes ?? {}
    changes.kubernetes = { ca, insecureSkipTlsVerify, ...transport, url }
  } else if (hasTransport && kubernetes) changes.kubernetes = { ...kubernetes, ...transport }

  for (const name of endpoints) {
    const given = input.endpoints?.[name]
    const known = before?.[name]
    const tenanted = name === 'loki' || name === 'tempo'
    const tenant = tenanted && input.tenant !== undefined ? { tenant: input.tenant || undefined } : {}
    if (given === '') changes[name] = null
    else if (given !== undefined) {
      const url = checkAddress(given, `endpoints.${name}`, { insecure, mustBeSafe: false })
      // the login of the configuration was for the old address: it does not go to another one
      const { ca, insecureSkipTlsVerify } = known ?? {}
      const oldTenant = tenanted ? before?.[name as 'loki']?.tenant : undefined
      const { ca: caOfCluster, insecureSkipTlsVerify: anyOfCluster } = before?.kubernetes ?? {}
      const inherited = known ? { ca, insecureSkipTlsVerify } : { ca: caOfCluster, insecureSkipTlsVerify: anyOfCluster }
      changes[name] = { ...inherited, ...(oldTenant && { tenant: oldTenant }), ...transport, ...tenant, url }
    } else if (known && (hasTransport || Object.keys(tenant).length > 0))
      changes[name] = { ...known, ...transport, ...tenant }
  }
  return changes
}

const dropEmpty = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
    : value

/** @throws invalid-input naming the argument */
export function applied(
  name: string,
  before: Partial<ClusterConfig>,
  changes: Partial<Record<Member, unknown>>,
): ClusterConfig {
  const merged = Object.entries({ ...before, ...changes, name })
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([member, value]) => [member, dropEmpty(value)])
  const parsed = clusterConfig.safeParse(Object.fromEntries(merged))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const field = issue.path.join('.')
  throw invalid(field, `${field} ${issue.message}`, `Correct ${field} and call again`)
}
