import { ToolError } from '#contract'
import type { Context } from '#define'
import { baseAddress } from '../../clients/vllm/address.ts'
import { servedAt, servedInCluster } from '../../clients/vllm/open.ts'
import type { ServedModel } from '../../clients/vllm/types.ts'
import { findEndpoint } from '../runtimes/endpoint.ts'
import { findServed } from '../runtimes/served.ts'
import type { ServedDeployment } from '../runtimes/types.ts'

export type MeasureContext = Context<'fleet' | 'kubernetes', 'vllm' | 'prometheus'>

/** What is measured, wherever it is. */
export interface Target {
  /** Of its row; cluster and namespace are empty for an address outside */
  place: { cluster: string; namespace: string; name: string }
  title: string
  /** Where the requests go, in words */
  endpoint: string
  deployment?: ServedDeployment
  isProduction: boolean
  /** Names it could be served under, best first */
  names: string[]
  /** Close it afterwards */
  open(): ServedModel
}

export interface Wanted {
  cluster?: string | undefined
  name?: string | undefined
  namespace?: string | undefined
  url?: string | undefined
  model?: string | undefined
}

const missing = (field: string, message: string, next: string) =>
  new ToolError('invalid-input', message, { field, next, changed: 'nothing' })

/** @throws ToolError invalid-input, not-found, or not-configured where the deployment publishes no endpoint */
export async function findTarget(wanted: Wanted, ctx: MeasureContext): Promise<Target> {
  const { cluster, name, url } = wanted
  if (url !== undefined) {
    if (cluster !== undefined || name !== undefined)
      throw missing('url', 'Both a url and a deployment are given', 'Give url alone, or cluster and name')
    return outside(url, wanted, ctx)
  }
  if (cluster === undefined || name === undefined)
    throw missing(
      cluster === undefined ? 'cluster' : 'name',
      'Nothing says what to test',
      'Give cluster and name of a deployment (list_deployments), or the url of an endpoint outside',
    )
  return inCluster({ ...wanted, cluster, name }, ctx)
}

async function inCluster(
  { cluster: asked, name, namespace, model }: Wanted & { cluster: string; name: string },
  ctx: MeasureContext,
): Promise<Target> {
  const [cluster] = ctx.scope([asked])
  const client = ctx.clients.kubernetes.for(cluster!)
  const deployment = await findServed(client, { name, namespace, signal: ctx.signal })
  const endpoint = await findEndpoint(client, deployment, ctx.signal)
  if (!endpoint)
    throw new ToolError('not-configured', `${name} on ${cluster} says of no service where it answers`, {
      cluster: cluster!,
      field: 'name',
      next: 'Wait until it has one (get_deployment), or give the url it answers at',
      changed: 'nothing',
    })
  const { service, port, path } = endpoint
  return {
    place: { cluster: cluster!, namespace: deployment.namespace, name },
    title: `${name} on ${cluster}`,
    endpoint: `service ${deployment.namespace}/${service}:${port}${path} through the API server`,
    deployment,
    isProduction: ctx.clients.fleet.get(cluster!).environment === 'production',
    names: [model, deployment.servedModelName, deployment.model].flatMap((one) => one ?? []),
    open: () => servedInCluster(client, { namespace: deployment.namespace, service, port, path }),
  }
}

const slashless = (text: string) => text.replace(/\/+$/, '')

function outside(text: string, { model }: Wanted, ctx: MeasureContext): Target {
  const own = ctx.clients.vllm
  const isOwn = own !== undefined && slashless(own.baseUrl) === slashless(text)
  const address = isOwn ? new URL(own.baseUrl) : baseAddress(text)
  return {
    place: { cluster: '', namespace: '', name: slashless(address.href) },
    title: address.host,
    endpoint: isOwn ? `${slashless(address.href)}, with the key of llm` : `${slashless(address.href)}, without a key`,
    isProduction: false,
    names: model === undefined ? [] : [model],
    open: () => (isOwn ? own.measured() : servedAt(address)),
  }
}

/**
 * The name that the endpoint serves it under: one of those expected, or the only one there is where none was asked for by name.
 * @throws ToolError not-found that lists what is served
 */
export function servedName(listed: readonly { id: string }[], target: Pick<Target, 'names' | 'title'>, asked?: string) {
  const ids = listed.map(({ id }) => id)
  const expected = asked === undefined ? target.names : [asked]
  const found = expected.find((name) => ids.includes(name))
  if (found !== undefined) return found
  const only = ids.length === 1 && asked === undefined ? ids[0] : undefined
  if (only !== undefined) return only
  const shown = ids.slice(0, 8).map((id) => JSON.stringify(id.slice(0, 100)))
  throw new ToolError(
    'not-found',
    ids.length === 0
      ? `${target.title} lists no model: no worker has registered yet`
      : `${target.title} does not serve ${expected[0] ?? 'one model alone'}; it serves ${shown.join(', ')}`,
    {
      field: 'model',
      next: ids.length === 0 ? 'Look at its workers: get_deployment' : `Give model: ${shown[0]}`,
      details: { served: ids.slice(0, 20) },
      changed: 'nothing',
    },
  )
}
