import { isToolError, type Tone } from '#contract'
import type { ClusterConfig } from '../clients/config.ts'
import { ownExpiry } from '../clients/credentials/expiry.ts'
import { type ClusterCredentials, type CredentialService, credentialServices } from '../clients/credentials/types.ts'
import type { FleetRegistry, Trial } from '../clients/index.ts'
import { namespaceKind } from '../clients/kubernetes/types.ts'
import { serviceLabels } from './check.ts'

export const outcomes = ['valid', 'invalid', 'insufficient-permissions', 'unreachable', 'expired'] as const
export type Outcome = (typeof outcomes)[number]

/** What was found out about the credentials of one service (FLT-023, FLT-038). */
export interface Validation {
  service: CredentialService
  result: 'success' | 'failed' | 'skipped'
  outcome?: Outcome
  detail: string
}

/** FLT-038 */
const longestMs = 10_000

/** Version first, then who we are, then whether we may look: the first that fails says what is wrong. */
async function askKubernetes(trial: Trial, cluster: string, signal: AbortSignal): Promise<string> {
  const client = trial.kubernetes.for(cluster)
  const { gitVersion } = await client.version(signal)
  // absent before Kubernetes 1.28
  const who = await client.whoAmI(signal).catch((error) => {
    if (isToolError(error) && error.options.details?.status === 404) return undefined
    throw error
  })
  await client.list(namespaceKind, { limit: 1, signal })
  return `Kubernetes ${gitVersion}${who ? `, signed in as ${who.username}` : ''}`
}

/** Readiness is often open to everybody: one small question tells whether the login counts. */
async function askService(
  trial: Trial,
  service: Exclude<CredentialService, 'kubernetes'>,
  { cluster, signal }: { cluster: string; signal: AbortSignal },
): Promise<string> {
  const ready = await trial[service].for(cluster).ready(signal)
  if (service === 'prometheus') await trial.prometheus.for(cluster).query({ query: 'vector(1)', signal })
  else if (service === 'alertmanager') await trial.alertmanager.for(cluster).alerts({ signal })
  else if (service === 'loki') await trial.loki.for(cluster).labelNames(signal)
  else await trial.tempo.for(cluster).tagNames({ signal })
  return ready ? 'ready, and answers' : 'answers, and says that it is not ready'
}

function outcomeOf(error: unknown): Outcome {
  if (!isToolError(error)) return 'unreachable'
  const { status, errno } = error.options.details ?? {}
  if (/CERTIFICATE_EXPIRED/.test(String(errno))) return 'expired'
  // a certificate that is refused ends the connection before there is a status
  if (/^ERR_SSL_.*ALERT/.test(String(errno))) return 'invalid'
  if (error.code === 'upstream-denied') return status === 403 ? 'insufficient-permissions' : 'invalid'
  return 'unreachable'
}

const wordsOf = (error: unknown): string => (isToolError(error) ? error.message : 'the question failed')

/**
 * Tries these credentials for real, all services at once, within ten seconds (FLT-026, FLT-037). Nothing is changed. `credentials` of
 * the answer are those to keep: a refresh token may have been replaced by being used.
 */
export async function tryCredentials(
  registry: FleetRegistry,
  { config, credentials, now }: { config: ClusterConfig; credentials: ClusterCredentials; now: Date },
  signal: AbortSignal,
): Promise<{ validations: Validation[]; credentials: ClusterCredentials }> {
  const trial = registry.trial(config, credentials)
  const within = AbortSignal.any([signal, AbortSignal.timeout(longestMs)])
  const cluster = config.name
  async function one(service: CredentialService): Promise<Validation> {
    const credential = credentials[service]
    if (!credential) return { service, result: 'skipped', detail: 'no credentials given' }
    if (!config[service])
      return { service, result: 'failed', outcome: 'unreachable', detail: 'has no address: add it with update_cluster' }
    const end = await ownExpiry(credential)
    if (end && end <= now)
      return { service, result: 'failed', outcome: 'expired', detail: `ended ${end.toISOString()}` }
    try {
      const detail =
        service === 'kubernetes'
          ? await askKubernetes(trial, cluster, within)
          : await askService(trial, service, { cluster, signal: within })
      return { service, result: 'success', outcome: 'valid', detail }
    } catch (error) {
      return { service, result: 'failed', outcome: outcomeOf(error), detail: wordsOf(error) }
    }
  }
  try {
    const validations = await Promise.all(
      credentialServices.filter((service) => config[service] || credentials[service]).map(one),
    )
    return { validations, credentials: trial.credentials() }
  } finally {
    trial.close()
  }
}

const tones: Record<Validation['result'], Tone> = { success: 'good', failed: 'bad', skipped: 'neutral' }

/** As the check of a status card. */
export const validationCheck = ({ service, result, outcome, detail }: Validation) => ({
  id: service,
  label: serviceLabels[service],
  state: outcome ?? result,
  tone: tones[result],
  detail,
})
