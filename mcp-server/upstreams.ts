import { readFile } from 'node:fs/promises'
import { ToolError } from '#contract'
import { type ClientsConfig, clientsConfig, loadKubeconfigClusters } from '#tools/clients/create.ts'
import { huggingfaceConfig } from '#tools/clients/huggingface/config.ts'

export interface UpstreamOptions {
  /** In the form of the file; wins over files */
  given?: unknown
  configFile?: string | undefined
  kubeconfig?: string | undefined
  /** The service account of this pod, where nothing else is configured */
  inCluster?: boolean
  /** Instead of what the configuration says; `off`: none */
  huggingfaceUrl?: string | undefined
  env: Readonly<Record<string, string | undefined>>
}

/**
 * The hub that models are looked up in: the public one where nothing is said, so that any id works. `given` configurations (the demo
 * world) have what they have.
 */
function hubOf(
  config: ClientsConfig,
  { given, huggingfaceUrl: url, env }: Pick<UpstreamOptions, 'given' | 'huggingfaceUrl' | 'env'>,
): ClientsConfig['huggingface'] {
  if (url === 'off') return undefined
  const known = config.huggingface
  if (known === undefined && url === undefined && given !== undefined) return undefined
  const token = known?.token ?? (env.HF_TOKEN ? { env: 'HF_TOKEN' } : undefined)
  return huggingfaceConfig.parse({ ...known, ...(url && { url }), ...(token && { token }) })
}

export interface Upstreams {
  config: ClientsConfig
  /** Secret texts that stand in the configuration itself, to be masked in every channel */
  secrets: string[]
}

async function parseFile(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ToolError('invalid-input', `The configuration file ${path} cannot be read: ${(cause as Error).message}`, {
      field: 'QM_CONFIG',
      next: 'Correct the path in QM_CONFIG, or leave it out for the embedded demo fleet',
      cause,
    })
  }
  // JSON needs no YAML parser: reading it keeps the start quick
  const json = text.trimStart().startsWith('{')
  const parse: (text: string) => unknown = json ? JSON.parse : (await import('yaml')).parse
  try {
    return parse(text)
  } catch (cause) {
    const what = json ? 'JSON' : 'YAML'
    throw new ToolError('invalid-input', `The configuration file ${path} is not ${what}: ${(cause as Error).message}`, {
      field: 'QM_CONFIG',
      next: 'Correct the file (docs/configuration.md)',
      cause,
    })
  }
}

const secretMember = /token|password|apikey|secret/i

function secretsIn(value: unknown, member = ''): string[] {
  if (typeof value === 'string') return secretMember.test(member) ? [value] : []
  if (value === null || typeof value !== 'object') return []
  // { env } and { file } name where a secret is; they are none themselves
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'env' || key === 'file' ? [] : secretsIn(inner, member === 'headers' ? 'secret' : key),
  )
}

/**
 * What is outside: the file of QM_CONFIG, or the contexts of a kubeconfig, or the cluster this runs in, or nothing at all.
 * @throws ToolError invalid-input naming the member
 */
export async function readUpstreams({
  given,
  configFile,
  kubeconfig,
  inCluster,
  huggingfaceUrl,
  env,
}: UpstreamOptions): Promise<Upstreams> {
  const raw =
    given ??
    (configFile !== undefined
      ? await parseFile(configFile)
      : kubeconfig !== undefined
        ? { clusters: await loadKubeconfigClusters(kubeconfig, env) }
        : inCluster
          ? { clusters: [{ name: 'in-cluster', displayName: 'This cluster', kubernetes: { inCluster: true } }] }
          : {})
  const parsed = clientsConfig.safeParse(raw ?? {})
  if (parsed.success) {
    const { huggingface: _, ...rest } = parsed.data
    const hub = hubOf(parsed.data, { given, huggingfaceUrl, env })
    return { config: { ...rest, ...(hub && { huggingface: hub }) }, secrets: secretsIn(parsed.data) }
  }
  const issue = parsed.error.issues[0]!
  const path = issue.path.join('.')
  throw new ToolError('invalid-input', `The configuration is not valid at ${path || 'its root'}: ${issue.message}`, {
    field: path || 'QM_CONFIG',
    next: 'Correct it (docs/configuration.md) and start again',
  })
}
