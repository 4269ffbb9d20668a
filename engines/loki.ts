import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { goEngineProgram } from './go-engines.ts'
import { freePort } from './ports.ts'
import { answersOk } from './process.ts'
import { runEngine } from './run.ts'

export type LokiOptions = StartOptions & {
  /** Find patterns in what is pushed and answer `/loki/api/v1/patterns`; true when absent. */
  patterns?: boolean
  /** Demand the header X-Scope-OrgID, one tenant per value; false when absent. */
  tenants?: boolean
}

/** One stream as Loki takes it: nanoseconds since 1970 as text, the line, and structured metadata where there is some. */
export type LokiStream = { stream: Record<string, string>; values: [string, string, Record<string, string>?][] }

export type Loki = {
  url: string
  /** Pushes lines, which can be queried when it returns. Throws when Loki refuses them. */
  push(streams: LokiStream[], tenant?: string): Promise<void>
  stop(): Promise<void>
}

/** Starts Loki as one program on loopback, with its chunks in files. Lines of any age are taken and found. */
export async function startLoki(options: LokiOptions = {}): Promise<Loki> {
  const program = goEngineProgram('loki')
  if (program === undefined) throw new EngineUnavailable('Loki is not built; run: node engines/main.ts --only loki')
  return runEngine('loki', options, async (run) => {
    const ports = { http: await freePort(), grpc: await freePort() }
    const file = join(run.dir, 'loki.yaml')
    writeFileSync(file, stringify(configuration(run.dir, ports, options)))
    // Asked to end, it first writes its chunks, for seconds; nobody reads them again.
    const server = run.start({ program, args: [`-config.file=${file}`], gentle: 'SIGKILL' })
    const url = `http://127.0.0.1:${ports.http}`
    await server.waitUntil(() => answersOk(`${url}/ready`))
    await server.waitUntil(() => answersQuery(url))
    return { url, push: (streams, tenant) => push(url, streams, tenant), stop: run.stop }
  })
}

// Ready does not yet mean that its parts have found each other: the first query waits for that.
async function answersQuery(url: string): Promise<boolean> {
  const headers = { 'x-scope-orgid': 'nobody' }
  const response = await fetch(`${url}/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D`, { headers })
  await response.arrayBuffer()
  return response.ok
}

async function push(url: string, streams: LokiStream[], tenant?: string): Promise<void> {
  const response = await fetch(`${url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(tenant !== undefined && { 'x-scope-orgid': tenant }) },
    body: JSON.stringify({ streams }),
  })
  const answer = await response.text()
  if (response.status !== 204)
    throw new Error(`Loki did not take the lines: ${response.status} ${answer.slice(0, 500)}`)
}

function configuration(dir: string, ports: { http: number; grpc: number }, options: LokiOptions) {
  const patterns = options.patterns !== false
  // By default a ring member waits 15 s before it counts as ready, and lingers when it is stopped.
  const lifecycler = { min_ready_duration: '0s', join_after: '0s', final_sleep: '0s' }
  return {
    auth_enabled: options.tenants === true,
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: ports.http,
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: ports.grpc,
      log_level: 'warn',
    },
    common: {
      instance_addr: '127.0.0.1',
      path_prefix: dir,
      storage: { filesystem: { chunks_directory: join(dir, 'chunks'), rules_directory: join(dir, 'rules') } },
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
    },
    schema_config: {
      configs: [
        {
          from: '2020-01-01',
          store: 'tsdb',
          object_store: 'filesystem',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    // What was pushed stays in memory for a while, whatever its age: always look there too (-1 means without limit).
    ingester: { lifecycler, query_store_max_look_back_period: '-1ns' },
    pattern_ingester: patterns ? { enabled: true, lifecycler } : { enabled: false },
    limits_config: {
      reject_old_samples: false,
      allow_structured_metadata: true,
      volume_enabled: true,
      ingestion_rate_mb: 64,
      ingestion_burst_size_mb: 128,
      per_stream_rate_limit: '64MB',
      per_stream_rate_limit_burst: '128MB',
    },
    // How often the parts look for each other, which is also how long a start takes.
    frontend: { scheduler_dns_lookup_period: '300ms' },
    frontend_worker: { dns_lookup_duration: '300ms' },
    query_range: { cache_results: false },
    analytics: { reporting_enabled: false },
  }
}
