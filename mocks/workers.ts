import type { Provider } from './world/market-types.ts'
import { noise, unitOf } from './world/random.ts'
import { lasts } from './world/troubles.ts'
import type { World } from './world/world.ts'

export interface WorkersOptions {
  world: World
  /** The product's address, without a path. */
  productUrl: string
  /** Bearer token by worker id; by default those of the book. */
  tokens?: Record<string, string>
  intervalMs?: number
}

export interface Workers {
  /** Sends one heartbeat for every provider that is not silent; resolves with the HTTP status by worker id (0: not reached). */
  beat(): Promise<Record<string, number>>
  stop(): void
}

/** What a worker's machine is doing at a time. */
export function usageOf(provider: Provider, atMs: number) {
  const key = provider.workerId
  const busy = provider.currentJobId !== undefined
  const gpuPercent = busy ? Math.round(88 + 9 * noise(`${key}/gpu`, atMs, 60_000)) : 0
  const ramTotalGb = Math.round((provider.ramTotalMb / 1024) * 10) / 10
  const ramPercent = Math.round((busy ? 55 : 22) + 6 * noise(`${key}/ram`, atMs, 120_000))
  return {
    cpuPercent: Math.max(1, Math.round((busy ? 38 : 6) + 5 * noise(`${key}/cpu`, atMs, 45_000))),
    ramPercent,
    ramUsedGb: Math.round(ramTotalGb * ramPercent) / 100,
    ramTotalGb,
    gpuPercent,
    gpuTemp: Math.round(36 + gpuPercent * 0.38 + unitOf(key) * 5),
    gpuMemUsedMb: Math.round(provider.gpuVramMb * (busy ? 0.81 : 0.02)),
    gpuMemTotalMb: provider.gpuVramMb,
    timestamp: new Date(atMs).toISOString(),
  }
}

/** The marketplace's workers: every provider that is online reports every 30 seconds, unless a fault made it silent. */
export function startWorkers({ world, productUrl, tokens, intervalMs = 30_000 }: WorkersOptions): Workers {
  const { providers, jobs } = world.book()
  const aborter = new AbortController()

  function isSilent(workerId: string): boolean {
    return world.troubles
      .all()
      .some((one) => one.kind === 'silent-provider' && one.workerId === workerId && lasts(one, world.now()))
  }

  async function report(provider: Provider): Promise<number> {
    const job = jobs.find((one) => one.id === provider.currentJobId)
    const body = {
      usage: usageOf(provider, world.now()),
      status: job ? 'busy' : 'online',
      ...(job ? { currentJob: job.id } : {}),
    }
    try {
      const response = await fetch(`${productUrl}/api/v1/gpu-providers/${provider.workerId}/heartbeat`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${tokens?.[provider.workerId] ?? provider.workerToken}`,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any([aborter.signal, AbortSignal.timeout(5000)]),
      })
      await response.body?.cancel()
      return response.status
    } catch {
      return 0
    }
  }

  async function beat(): Promise<Record<string, number>> {
    world.sync()
    const speaking = providers.filter((provider) => provider.isOnline && !isSilent(provider.workerId))
    const statuses = await Promise.all(
      speaking.map(async (provider) => [provider.workerId, await report(provider)] as const),
    )
    return Object.fromEntries(statuses)
  }

  const timer = setInterval(() => void beat(), intervalMs)
  timer.unref()
  return {
    beat,
    stop() {
      clearInterval(timer)
      aborter.abort()
    },
  }
}
