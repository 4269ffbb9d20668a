import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'
import { ToolError } from '#contract'
import type { Connection } from '../endpoint.ts'

/**
 * Logins that only a program knows (exec plugins such as `aws eks get-token`, OIDC, cloud auth providers), by the official client. It runs
 * the program, keeps the token until it expires, and hands back headers and certificates.
 */
export function pluginSource(options: {
  files: readonly string[]
  context: string
  server: string
  where: string
  onSecret?: (text: string) => void
}): () => Promise<Connection> {
  const { files, context, server, where, onSecret } = options
  let config: KubeConfig | undefined
  let told: string | undefined
  function load(): KubeConfig {
    const whole = new KubeConfig()
    for (const [index, file] of files.entries()) {
      if (index === 0) whole.loadFromFile(file)
      else {
        const other = new KubeConfig()
        other.loadFromFile(file)
        whole.mergeConfig(other, true)
      }
    }
    whole.setCurrentContext(context)
    return whole
  }
  return async () => {
    const request: RequestOptions & { servername?: string } = {}
    try {
      config ??= load()
      await config.applyToHTTPSOptions(request)
    } catch (cause) {
      throw new ToolError(
        'upstream-denied',
        `The login of the kubeconfig context "${context}" failed: ${wordsOf(cause)}`,
        {
          next: `Run the login by hand (kubectl --context ${context} get --raw /version) and repair it, or change ${where}.`,
          cause,
        },
      )
    }
    const { headers = {}, ca, cert, key, passphrase, servername, rejectUnauthorized } = request
    const given = Object.entries(headers as Record<string, unknown>).map(([name, value]) => [
      name.toLowerCase(),
      `${value}`,
    ])
    const token = given.find(([name]) => name === 'authorization')?.[1]?.replace(/^\w+ /, '')
    if (token && token !== told) onSecret?.(token)
    told = token
    const proxyUrl = config.getCurrentCluster()?.proxyUrl
    return {
      baseUrl: server,
      headers: Object.fromEntries(given),
      tls: {
        ca: ca as string | undefined,
        cert: cert as string | undefined,
        key: key as string | undefined,
        passphrase,
        servername,
        proxyUrl,
        insecureSkipTlsVerify: rejectUnauthorized === false,
      },
    }
  }
}

const wordsOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim().slice(0, 200)
