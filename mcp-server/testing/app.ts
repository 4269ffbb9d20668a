import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '#db/testing.ts'
import type { Actor, Domain, Logger } from '#define'
import type { Call } from '../call-tool.ts'
import { type Config, readConfig } from '../config.ts'
import { listen } from '../http.ts'
import { type Built, build, httpFace } from '../main.ts'

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

export const owner: Actor = { id: 'local', name: 'Local owner', role: 'owner', clusters: '*', kind: 'human' }
export const agent: Actor = { ...owner, kind: 'agent', persona: 'default', client: 'test' }

export interface TestApp extends Built {
  url: string
  /** Down the road, as an agent unless said otherwise */
  call(tool: string, input?: unknown, more?: Partial<Call>): ReturnType<Built['core']['road']>
  close(): Promise<void>
}

/** The real server in this process: real road, faces and database, listening on a free port of loopback. */
export async function startApp(
  options: {
    upstreams?: unknown
    book?: unknown
    domains?: readonly Domain[]
    now?: () => Date
    config?: Partial<Config>
    log?: Logger
    /** The real log, its lines given here */
    writeLog?: (line: string) => void
    database?: Awaited<ReturnType<typeof testDatabase>>
  } = {},
): Promise<TestApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'quartermaster-test-'))
  const database = options.database ?? (await testDatabase())
  const config: Config = {
    ...readConfig({}),
    port: 0,
    dataDir,
    secret: 'a test secret of enough characters',
    // Tests ask faster than people do; those about the limits set them
    rateLimits: undefined,
    // nor do they wait for the time to cancel
    approvalCancelMs: 0,
    ...options.config,
  }
  const built = await build({
    config,
    env: {},
    upstreams: options.upstreams ?? {},
    ...(options.book !== undefined && { book: options.book }),
    database: database.lazy,
    ...(options.writeLog ? { writeLog: options.writeLog } : { log: options.log ?? quiet }),
    ...(options.domains && { domains: options.domains }),
    ...(options.now && { now: options.now }),
  })
  const face = await httpFace(built)
  const { server, url } = await listen(face.handle, config)
  server.on('upgrade', face.upgrade)
  built.setUrl(url)
  await built.core.start()
  return {
    ...built,
    url,
    call: (tool, input = {}, more = {}) => built.core.road({ tool, input, actor: agent, face: 'mcp', ...more }),
    async close() {
      server.close()
      await face.close()
      server.closeAllConnections()
      await built.core.close()
      if (!options.database) await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
