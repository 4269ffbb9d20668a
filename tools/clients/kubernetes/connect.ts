import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { ToolError } from '#contract'
import { type Connection, type Connector, configuredConnector } from '../endpoint.ts'
import type { TlsIdentity } from '../http.ts'
import { createSecret, type Surroundings, unreadable } from '../secret.ts'
import type { KubernetesConfig } from './config.ts'
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts'
import { kubeconfigFiles } from './kubeconfig-files.ts'

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Where the API server is, and nothing of who we are: somebody gave credentials of their own for it. */
export function kubernetesAddress(config: KubernetesConfig, where: string, surroundings: Surroundings): Connector {
  if (config.url !== undefined) {
    const { url, ca, caFile, insecureSkipTlsVerify } = config
    return configuredConnector({ url, ca, caFile, insecureSkipTlsVerify }, { where }, surroundings)
  }
  return config.inCluster
    ? inCluster(where, { ...surroundings, anonymous: true })
    : fromContext(config, where, { ...surroundings, anonymous: true })
}

/** Where the API server is and who we are there. Nothing is read or run before the first question. */
export function kubernetesConnector(config: KubernetesConfig, where: string, surroundings: Surroundings): Connector {
  if (config.url !== undefined) {
    const { url, token, tokenFile, ca, caFile, certFile, keyFile, insecureSkipTlsVerify } = config
    const bearerToken = token ?? (tokenFile === undefined ? undefined : { file: tokenFile })
    const endpoint = { url, bearerToken, ca, caFile, certFile, keyFile, insecureSkipTlsVerify }
    const tokenName = tokenFile === undefined ? 'token' : 'tokenFile'
    return configuredConnector(endpoint, { where, tokenName }, surroundings)
  }
  return config.inCluster ? inCluster(where, surroundings) : fromContext(config, where, surroundings)
}

function inCluster(where: string, surroundings: Surroundings & { anonymous?: boolean }): Connector {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = surroundings.env
  const inner = configuredConnector(
    {
      url: `https://${host?.includes(':') ? `[${host}]` : host}:${port}`,
      ...(!surroundings.anonymous && { bearerToken: { file: `${serviceAccount}/token` } }),
      caFile: `${serviceAccount}/ca.crt`,
    },
    { where, tokenName: 'inCluster' },
    surroundings,
  )
  return {
    canRefresh: true,
    async connect(fresh) {
      if (host) return inner.connect(fresh)
      throw new ToolError('not-configured', `${where} says inCluster, but this process does not run in a pod.`, {
        next: `Set ${where}.url or ${where}.context instead.`,
      })
    },
  }
}

/** The same object while nothing changed, because one TLS identity is one pool of kept connections. */
function stable(): (tls: TlsIdentity) => TlsIdentity {
  let last: TlsIdentity | undefined
  return (tls) => {
    if (!isDeepStrictEqual(last, tls)) last = tls
    return last ?? tls
  }
}

function fromContext(
  config: KubernetesConfig,
  where: string,
  surroundings: Surroundings & { anonymous?: boolean },
): Connector {
  const files = kubeconfigFiles(config.kubeconfig, surroundings.env)
  const context = config.context ?? ''
  const same = stable()
  let source: Promise<() => Promise<Connection>> | undefined
  async function open() {
    // Not at start: the YAML parser is only for those who have a kubeconfig.
    const { readKubeconfig } = await import('./kubeconfig.ts')
    const { contexts } = await readKubeconfig(files)
    const found = contexts.get(context)
    if (!found) {
      const known = [...contexts.keys()]
      throw new ToolError(
        'not-configured',
        `${where}.context names "${context}", which ${files.join(', ')} does not have.`,
        {
          next: `Set one of: ${known.slice(0, 10).join(', ') || '(no context there)'}.`,
          details: { contexts: known.slice(0, 50) },
        },
      )
    }
    const { cluster, user } = found
    if (surroundings.anonymous) return fileSource({ cluster }, where, surroundings)
    if (user?.exec === undefined && user?.['auth-provider'] === undefined) return fileSource(found, where, surroundings)
    // The official client costs 300 ms and 88 MB: only for logins that run a program or refresh a token.
    const { pluginSource } = await import('./plugin-auth.ts')
    return pluginSource({ files, context, server: cluster.server, where, onSecret: surroundings.onSecret })
  }
  return {
    canRefresh: true,
    async connect(fresh) {
      if (fresh) source = undefined
      source ??= open()
      try {
        const connection = await (await source)()
        return { ...connection, tls: connection.tls && same(connection.tls) }
      } catch (error) {
        source = undefined
        throw error
      }
    },
  }
}

function fileSource(
  { cluster, user }: { cluster: KubeconfigCluster; user?: KubeconfigUser },
  where: string,
  surroundings: Surroundings,
): () => Promise<Connection> {
  const read = async (part: { folder: string } | undefined, data: string | undefined, file: string | undefined) => {
    if (data !== undefined) return Buffer.from(data, 'base64')
    if (file === undefined || !part) return undefined
    const absolute = path.resolve(part.folder, file)
    return readFile(absolute).catch((error) => unreadable(where, absolute, error))
  }
  const tokenFile = user?.tokenFile && path.resolve(user.folder, user.tokenFile)
  const token = user?.token ?? (tokenFile ? { file: tokenFile } : undefined)
  const bearer = token === undefined ? undefined : createSecret(token, `${where}.context`, surroundings)
  let identity: Promise<TlsIdentity> | undefined
  async function readIdentity(): Promise<TlsIdentity> {
    const [ca, cert, key] = await Promise.all([
      read(cluster, cluster['certificate-authority-data'], cluster['certificate-authority']),
      read(user, user?.['client-certificate-data'], user?.['client-certificate']),
      read(user, user?.['client-key-data'], user?.['client-key']),
    ])
    return {
      ca,
      cert,
      key,
      servername: cluster['tls-server-name'],
      proxyUrl: cluster['proxy-url'],
      insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'],
    }
  }
  return async () => {
    identity ??= readIdentity()
    const headers: Record<string, string> = {}
    if (bearer) headers.authorization = `Bearer ${await bearer.read()}`
    else if (user?.username !== undefined) {
      headers.authorization = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`
    }
    return { baseUrl: cluster.server, headers, tls: await identity }
  }
}
