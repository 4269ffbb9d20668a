import { createServer } from 'node:http'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import { type StartedWorld, startWorld } from '../../mocks/main.ts'
import { FAULT_KINDS } from '../../mocks/world/faults.ts'
import type { Found } from '../canaries.test-data.ts'
import { owner, startApp, type TestApp } from './app.ts'
import { canary } from './canaries.ts'
import { type LiveClient, openLive } from './live-client.ts'
import { type Connected, connect } from './mcp-clients.ts'
import type { Planted } from './planting.ts'
import { type Planting, startPlanting } from './planting-server.ts'
import { bearer } from './rest-client.ts'

const startMs = Date.parse('2026-11-20T12:00:00Z')
export const clusterToken = canary('ClusterToken')
export const rayToken = canary('RayToken')
export const ownerToken = canary('OwnerToken')

export interface PlantedApp {
  app: TestApp
  world: StartedWorld
  database: TestDatabase
  log: string[]
  /** Canaries that left an upstream */
  sent: Set<string>
  answered(kind: string): number
  printed(): number
  /** Names of what is there, by the tools that list it */
  look(): Promise<Found>
  listen(): Promise<LiveClient>
  /** The Alertmanagers tell what fires; the status of each notification */
  notify(): Promise<number[]>
  mcp(): Promise<Connected>
  close(): Promise<void>
}

/** An upstream that fails and repeats the credentials it was asked with. */
async function startEcho(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    response.writeHead(403, { 'content-type': 'application/json' })
    const message = `refused: ${request.headers.authorization} ${request.url}`
    response.end(
      JSON.stringify({
        kind: 'Status',
        status: 'Failure',
        code: 403,
        reason: 'Forbidden',
        message,
        error: message,
        errorType: 'x',
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The world behind planting servers, and the real server over it; `plain`: of its usual size, with every fault, and nothing planted. */
export async function startPlantedApp({ plain = false } = {}): Promise<PlantedApp> {
  const podsPerCluster = { hub: 30, 'gpu-east': 90, 'gpu-west': 40, 'edge-lab': 40 }
  const world: StartedWorld = await startWorld({
    clock: () => startMs,
    tickMs: 0,
    demoModel: false,
    ...(!plain && { podsPerCluster }),
  })
  if (plain) for (const kind of FAULT_KINDS) if (kind !== 'dead-cluster') world.faults.inject(kind)
  const sent = new Set<string>()
  const servers: (Planting & { kind: string })[] = []
  const behind = async (kind: Planted, url: string) => {
    if (plain) return url
    const server = await startPlanting(url, kind, sent)
    servers.push({ kind, ...server })
    return server.url
  }
  const echo = await startEcho()
  const clusters = await Promise.all(
    world.config.clusters.map(async (cluster) => ({
      ...cluster,
      kubernetes: { url: await behind('kubernetes', cluster.kubernetes.url), token: clusterToken },
      prometheus: { url: await behind('prometheus', cluster.prometheus.url) },
      alertmanager: { url: await behind('alertmanager', cluster.alertmanager.url) },
      loki: { url: await behind('loki', cluster.loki.url) },
      tempo: { url: await behind('tempo', cluster.tempo.url) },
    })),
  )
  const dead = { url: echo.url, bearerToken: canary('EchoToken') }
  const echoing = {
    name: 'echo',
    type: 'edge' as const,
    kubernetes: { url: echo.url, token: canary('EchoKubernetes') },
    prometheus: dead,
    alertmanager: dead,
    loki: dead,
    tempo: dead,
  }
  const ray = await Promise.all(
    world.config.ray.map(async ({ name, dashboardUrl, token }) => ({
      name,
      dashboardUrl: await behind('ray', dashboardUrl),
      token: token ?? rayToken,
    })),
  )
  const database = await testDatabase()
  const log: string[] = []
  const app = await startApp({
    upstreams: {
      clusters: [...clusters, ...(plain ? [] : [echoing])],
      ray,
      qubic: world.config.qubic,
      prices: world.config.prices,
    },
    database,
    now: () => new Date(startMs),
    config: { ownerToken, logLevel: 'debug' },
    writeLog: (line) => log.push(line),
  })
  const rows = async (tool: string, input: object, list = 'rows') =>
    ((await app.call(tool, input)).answer.data?.[list] ?? []) as Record<string, string>[]
  const named = async (path: string) => {
    const { url } = world.config.clusters.find(({ name }) => name === 'gpu-east')!.kubernetes
    const { items } = (await (await fetch(`${url}${path}`)).json()) as {
      items: { metadata: { name: string; namespace: string } }[]
    }
    return items.map(({ metadata: { name, namespace } }) => ({ name, namespace }))
  }
  return {
    app,
    world,
    database,
    log,
    sent,
    answered: (kind) => servers.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.answered(), 0),
    printed: () => servers.reduce((sum, one) => sum + one.printed(), 0),
    async look() {
      const deployments = (await named('/apis/apps/v1/deployments')).filter(
        ({ namespace }) => namespace !== 'kube-system',
      )
      const [alert] = await rows('list_alerts', { clusters: ['gpu-east'] })
      const silenced = await app.call('silence_alert', {
        cluster: 'gpu-east',
        fingerprint: alert!.fingerprint ?? alert!.id,
        comment: `password=${canary('Asked')}`,
      })
      const person = { actor: owner, face: 'rest' } as const
      const { id } = silenced.answer.approval!
      await app.call('decide_approval', { id, approve: true }, person)
      const [silence] = await rows('list_silences', {})
      const traces = await rows('search_traces', { since: '1h', clusters: ['gpu-east'] })
      const failing = await rows('search_traces', { since: '1h', errorsOnly: true })
      const nodes = await rows('list_nodes', { clusters: ['gpu-east'], kinds: ['kubernetes'], minFreeGpus: 0 }, 'nodes')
      const { answer } = await app.call('list_pods', {})
      return {
        pods: (await named('/api/v1/pods')).slice(0, 12),
        node: nodes.find(({ name }) => /h100|a100/.test(name!))?.name ?? nodes[0]!.name!,
        deployment: deployments[0]!,
        workload: deployments[1]!,
        served: (await named('/apis/nvidia.com/v1beta1/dynamographdeployments'))[0]!,
        configMap: (await named('/api/v1/configmaps'))[0]!,
        secret: (await named('/api/v1/secrets'))[0]!,
        fingerprint: alert!.id!,
        silence: silence!.silenceId ?? silence!.id!,
        traces: [...failing.slice(0, 2), ...traces.slice(0, 2)].map(({ traceId }) => traceId!),
        service: traces[0]!.service!,
        approval: id,
        result: answer.result!,
      }
    },
    async listen() {
      const live = await openLive(app.url, bearer(ownerToken))
      await live.subscribe({}, 0)
      return live
    },
    async notify() {
      const statuses: number[] = []
      for (const cluster of clusters) {
        // an Alertmanager's own alerts, as the planting server tells them
        const alerts = (await (await fetch(`${cluster.alertmanager.url}/api/v2/alerts`)).json()) as Record<
          string,
          unknown
        >[]
        for (let from = 0; from < Math.min(alerts.length, 40); from += 10) {
          const some = alerts.slice(from, from + 10).map((alert) => ({ ...alert, status: 'firing' }))
          const { status } = await fetch(`${app.url}/api/v1/alerts/webhook/${cluster.name}`, {
            method: 'POST',
            headers: { ...bearer(ownerToken).headers, 'content-type': 'application/json' },
            body: JSON.stringify({
              version: '4',
              status: 'firing',
              receiver: 'quartermaster',
              groupKey: `{}:{}${from}`,
              groupLabels: {},
              commonLabels: {},
              commonAnnotations: {},
              externalURL: 'http://x',
              truncatedAlerts: 0,
              alerts: some,
            }),
          })
          statuses.push(status)
        }
      }
      return statuses
    },
    mcp: () => connect({ era: 'current', to: new URL(`${app.url}/mcp`), headers: bearer(ownerToken).headers }),
    async close() {
      await app.close()
      await database.close()
      for (const server of servers) await server.close()
      await echo.close()
      await world.close()
    },
  }
}
