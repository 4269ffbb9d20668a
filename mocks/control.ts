import { z } from 'zod'
import { HTTP_FAULT_MODES, type HttpFaults } from './http-faults.ts'
import { type Handler, type Request, type RunningServer, sendJson, sendText, startServer } from './http-server.ts'
import { FAULT_KINDS, type Faults } from './world/faults.ts'
import { isReady } from './world/workloads.ts'
import type { World } from './world/world.ts'

const faultBody = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  target: z
    .strictObject({
      cluster: z.string(),
      node: z.string(),
      gpu: z.number().int().nonnegative(),
      namespace: z.string(),
      app: z.string(),
      model: z.string(),
      rayCluster: z.string(),
      workerId: z.string(),
    })
    .partial()
    .optional(),
})

const httpFaultBody = z.strictObject({
  server: z.enum(['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo', 'ray', 'qubic', 'huggingface']),
  cluster: z.string().optional(),
  mode: z.preprocess((mode) => (typeof mode === 'number' ? String(mode) : mode), z.enum(HTTP_FAULT_MODES)),
  path: z.string().optional(),
  times: z.number().int().positive().optional(),
  delayMs: z.number().int().nonnegative().optional(),
})

const tickBody = z.strictObject({
  seconds: z
    .number()
    .nonnegative()
    .max(30 * 86_400),
})

export interface ControlOptions {
  world: World
  faults: Faults
  httpFaults: HttpFaults
  port?: number
}

/**
 * The port that moves and breaks the world:
 * `GET /state`, `POST /tick {seconds}`, `GET|POST /faults`, `DELETE /faults/<id>`, `GET|POST|DELETE /http-faults`,
 * `DELETE /http-faults/<id>`, `GET /requests` (what the servers were asked), `GET /book`.
 */
export function startControl({ world, faults, httpFaults, port = 0 }: ControlOptions): Promise<RunningServer> {
  async function read<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(JSON.parse((await request.text()) || '{}'))
  }

  const routes: Record<string, (request: Request, id: string) => Promise<unknown> | unknown> = {
    'GET /state': () => stateOf(world, faults),
    'GET /book': () => world.book(),
    'GET /requests': () => httpFaults.requests(),
    'GET /faults': () => faults.list(),
    'POST /faults': async (request) => {
      const { kind, target = {} } = await read(request, faultBody)
      return faults.inject(kind, target)
    },
    'DELETE /faults/': (_request, id) => (faults.clear(id) ? { cleared: id } : undefined),
    'GET /http-faults': () => httpFaults.list(),
    'POST /http-faults': async (request) => httpFaults.add(await read(request, httpFaultBody)),
    'DELETE /http-faults': () => {
      httpFaults.clear()
      return { cleared: 'all' }
    },
    'DELETE /http-faults/': (_request, id) => (httpFaults.remove(id) ? { cleared: id } : undefined),
    'POST /tick': async (request) => {
      world.tick((await read(request, tickBody)).seconds)
      return { now: new Date(world.now()).toISOString() }
    },
  }

  const handler: Handler = async (request, response) => {
    world.sync()
    const [, path = '', id = ''] = /^(\/[a-z-]+\/?)([\w-]*)$/.exec(request.url.pathname) ?? []
    const route = routes[`${request.method} ${id ? path : path.replace(/\/$/, '')}`]
    if (!route) return sendText(response, 404, 'no such route\n')
    try {
      const answer = await route(request, id)
      if (answer === undefined) sendJson(response, 404, { error: `nothing with the id ${id}` })
      else sendJson(response, 200, answer)
    } catch (error) {
      const message =
        error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)
      sendJson(response, 400, { error: message })
    }
  }
  return startServer(handler, port)
}

function stateOf(world: World, faults: Faults) {
  const clusters = world.clusters.map((cluster) => {
    const pods = cluster.pods()
    const used = cluster.plans.reduce(
      (sum, plan) => sum + cluster.placement.usage(plan.name).slots.filter(Boolean).length,
      0,
    )
    return {
      name: cluster.spec.name,
      nodes: cluster.nodes().length,
      gpus: cluster.gpus.length,
      gpusInUse: used,
      pods: pods.length,
      podsReady: pods.filter(isReady).length,
      graphs: cluster.store.list('dynamographdeployments.nvidia.com').length,
      rayClusters: cluster.store.list('rayclusters.ray.io').length,
    }
  })
  return {
    seed: world.seed,
    now: new Date(world.now()).toISOString(),
    bootedAt: new Date(world.bootMs).toISOString(),
    clusters,
    faults: faults.list(),
  }
}
