import { mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { freePort } from './ports.ts'
import { ensureWheels, wheelsProgram } from './python-wheels.ts'
import { runEngine } from './run.ts'

/** The current release, and one from before Ray knew tokens (2.52). */
export type RayEngine = 'ray' | 'ray-older'
const versions: Record<RayEngine, string> = { ray: '2.60.0', 'ray-older': '2.49.2' }

const wheels = (name: RayEngine) => ({
  name,
  version: versions[name],
  // "serve" is "default" (dashboard, jobs, state) and Ray Serve
  installs: [[`ray[serve]==${versions[name]}`]],
  imports: 'ray.serve, ray.dashboard.dashboard',
})

/** Its command line, or undefined where it was not brought yet. */
export const rayProgram = (name: RayEngine) => wheelsProgram(wheels(name), 'ray')

export const ensureRay = (name: RayEngine, report: (line: string) => void) => ensureWheels(wheels(name), report)

/** What a node says it has. `gpus` are counted, not looked for: none is needed. */
export type RayNodeOptions = {
  cpus?: number
  gpus?: number
  resources?: Record<string, number>
  labels?: Record<string, string>
}

export type RayWorker = {
  /** Ends it at once, as a power cut would. */
  kill(): void
}

export type Ray = {
  version: string
  dashboardUrl: string
  /** host:port of its GCS, for `ray start --address` and as RAY_ADDRESS */
  address: string
  /** Program of its Python environment, for scripts that join it */
  python: string
  addWorker(options?: RayNodeOptions): Promise<RayWorker>
  killHead(): void
  stop(): Promise<void>
}

export type RayOptions = StartOptions &
  RayNodeOptions & {
    engine?: RayEngine
    /** With one, every request needs it (RAY_AUTH_MODE=token); from Ray 2.52 on */
    token?: string
  }

// The least Ray takes is 75 MB
const objectStoreBytes = 100 * 1024 * 1024

/** A bare Ray head with its dashboard on this machine; workers are joined as on any other. Times out after 90 s. */
export async function startRay(options: RayOptions = {}): Promise<Ray> {
  const { engine = 'ray', token } = options
  const program = rayProgram(engine)
  if (program === undefined) throw new EngineUnavailable(`Ray is not here; run: node engines/main.ts --only ${engine}`)
  return runEngine('ray', options, async (run) => {
    const [gcs, dashboard] = [await freePort(), await freePort()]
    const dashboardUrl = `http://127.0.0.1:${dashboard}`
    const headers = { ...(token && { authorization: `Bearer ${token}` }) }
    const env = {
      // A job says "python" and means the one that has Ray
      PATH: [dirname(program), process.env.PATH].join(delimiter),
      RAY_USAGE_STATS_ENABLED: '0',
      // What a job's processes inherit must not go through a proxy of the machine
      NO_PROXY: '*',
      ...(token && { RAY_AUTH_MODE: 'token', RAY_AUTH_TOKEN: token }),
    }
    const start = async (name: string, { own, node }: { own: string[]; node: RayNodeOptions }) => {
      const { cpus = 1, gpus, resources, labels } = node
      const args = [
        'start',
        '--block',
        ...own,
        ...['--node-ip-address', '127.0.0.1', '--disable-usage-stats'],
        ...['--object-store-memory', String(objectStoreBytes), '--num-cpus', String(cpus)],
        ...(gpus === undefined ? [] : ['--num-gpus', String(gpus)]),
        ...(resources ? ['--resources', JSON.stringify(resources)] : []),
        ...(labels
          ? [
              '--labels',
              Object.entries(labels)
                .map(([key, value]) => `${key}=${value}`)
                .join(','),
            ]
          : []),
        // Several nodes on one machine must not meet on the agents' default ports
        ...['--dashboard-agent-listen-port', String(await freePort())],
        ...['--metrics-export-port', String(await freePort())],
      ]
      return run.start({ name, program, args, env, gentle: 'SIGKILL' })
    }
    const aliveNodes = async () => {
      const response = await fetch(`${dashboardUrl}/nodes?view=summary`, {
        headers,
        signal: AbortSignal.timeout(2_000),
      })
      const { data } = (await response.json()) as { data?: { summary: { raylet?: { state?: string } }[] } }
      return (data?.summary ?? []).filter(({ raylet }) => raylet?.state === 'ALIVE').length
    }
    // Short, because the sockets in it may not be longer than 107 characters
    const temp = join(run.dir, 'r')
    mkdirSync(temp)
    const head = await start('head', {
      own: [
        ...['--head', '--port', String(gcs), '--temp-dir', temp],
        ...['--dashboard-host', '127.0.0.1', '--dashboard-port', String(dashboard)],
        ...['--ray-client-server-port', String(await freePort())],
      ],
      node: options,
    })
    await head.waitUntil(async () => (await aliveNodes()) === 1, 90_000)
    const address = `127.0.0.1:${gcs}`
    let joined = 0
    return {
      version: versions[engine],
      dashboardUrl,
      address,
      python: wheelsProgram(wheels(engine)) ?? '',
      async addWorker(node = {}) {
        const before = await aliveNodes()
        const worker = await start(`worker-${++joined}`, { own: ['--address', address], node })
        await worker.waitUntil(async () => (await aliveNodes()) > before, 60_000)
        return { kill: () => process.kill(-worker.pid, 'SIGKILL') }
      },
      killHead: () => process.kill(-head.pid, 'SIGKILL'),
      stop: run.stop,
    }
  })
}
