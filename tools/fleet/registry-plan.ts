import { isToolError, type Plan } from '#contract'
import type { ClusterConfig } from '../clients/config.ts'
import { type ClusterCredentials, type CredentialService, credentialServices } from '../clients/credentials/types.ts'
import type { FleetRegistry, Trial } from '../clients/index.ts'
import { serviceLabels } from './check.ts'

type Check = Plan['checks'][number]

const triedMs = 5_000

async function ask(trial: Trial, service: CredentialService, { name, signal }: { name: string; signal: AbortSignal }) {
  if (service !== 'kubernetes') return (await trial[service].for(name).ready(signal)) ? 'ready' : undefined
  const { gitVersion } = await trial.kubernetes.for(name).version(signal)
  return `Kubernetes ${gitVersion}`
}

function judge(label: string, error: unknown): Check {
  if (!isToolError(error)) return { label, state: 'warn', detail: 'could not be asked' }
  if (error.code === 'upstream-denied')
    return {
      label,
      state: 'pass',
      detail: 'answers and wants credentials: give them after this, on the page of the cluster',
    }
  const errno = String(error.options.details?.errno ?? '')
  const wrong = error.code === 'upstream-garbage' || /CERT|SIGNATURE|ISSUER|ALTNAME/.test(errno)
  return { label, state: wrong ? 'fail' : 'warn', detail: `${error.message} ${error.options.next}` }
}

/**
 * Really asks these addresses. One that answers something else than what it is said to be fails; one that does not answer yet is a
 * warning, because a cluster may be registered before it runs.
 */
export async function tryAddresses(
  registry: FleetRegistry,
  config: ClusterConfig,
  options: { services?: readonly CredentialService[]; credentials?: ClusterCredentials; signal: AbortSignal },
): Promise<Check[]> {
  const { services = credentialServices, credentials } = options
  const trial = registry.trial(config, credentials)
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(triedMs)])
  try {
    return await Promise.all(
      services
        .filter((service) => config[service] !== undefined)
        .map(async (service): Promise<Check> => {
          const label = serviceLabels[service]
          try {
            const said = await ask(trial, service, { name: config.name, signal })
            return said
              ? { label, state: 'pass', detail: said }
              : { label, state: 'warn', detail: 'does not answer that it is ready' }
          } catch (error) {
            return judge(label, error)
          }
        }),
    )
  } finally {
    trial.close()
  }
}
