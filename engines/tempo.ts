import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { checkoutProgram } from './checkout-build.ts'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { freePort } from './ports.ts'
import { answersOk } from './process.ts'
import { runEngine } from './run.ts'

export type TempoOptions = StartOptions & {
  /** Demand the header X-Scope-OrgID, one tenant per value; false when absent. */
  tenants?: boolean
}

export type Tempo = {
  /** Queries. */
  url: string
  /** Takes OTLP over HTTP, JSON or protobuf, at `/v1/traces`. */
  otlpUrl: string
  stop(): Promise<void>
}

/** Starts Tempo as one program on loopback, with its blocks in files. A trace is found about two seconds after it came. */
export async function startTempo(options: TempoOptions = {}): Promise<Tempo> {
  const program = checkoutProgram('tempo')
  if (program === undefined) throw new EngineUnavailable('Tempo is not built; run: node engines/main.ts --only tempo')
  return runEngine('tempo', options, async (run) => {
    const ports = { http: await freePort(), grpc: await freePort(), otlp: await freePort(), gossip: await freePort() }
    const file = join(run.dir, 'tempo.yaml')
    writeFileSync(file, stringify(configuration(run.dir, ports, options)))
    // Asked to end, it first completes its blocks, for ten seconds and more; nobody reads them again.
    const server = run.start({ program, args: ['-target=all', `-config.file=${file}`], gentle: 'SIGKILL' })
    const url = `http://127.0.0.1:${ports.http}`
    await server.waitUntil(() => answersOk(`${url}/ready`))
    return { url, otlpUrl: `http://127.0.0.1:${ports.otlp}`, stop: run.stop }
  })
}

type Ports = { http: number; grpc: number; otlp: number; gossip: number }

function configuration(dir: string, ports: Ports, options: TempoOptions) {
  const grpcAddress = `127.0.0.1:${ports.grpc}`
  const partition = { kvstore: { store: 'inmemory' } }
  const ring = { ...partition, instance_addr: '127.0.0.1' }
  return {
    multitenancy_enabled: options.tenants === true,
    server: {
      http_listen_address: '127.0.0.1',
      http_listen_port: ports.http,
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: ports.grpc,
      log_level: 'warn',
    },
    memberlist: { bind_addr: ['127.0.0.1'], bind_port: ports.gossip },
    distributor: {
      ring,
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${ports.otlp}` } } } },
    },
    // Search looks into blocks, so cut them at once instead of after half a minute.
    live_store: {
      ring,
      partition_ring: partition,
      wal: { path: join(dir, 'live-store') },
      shutdown_marker_dir: join(dir, 'shutdown-marker'),
      flush_check_period: '1s',
      max_trace_idle: '1s',
      max_trace_live: '2s',
      max_block_duration: '5s',
    },
    storage: {
      trace: {
        backend: 'local',
        local: { path: join(dir, 'blocks') },
        wal: { path: join(dir, 'wal') },
        blocklist_poll: '2s',
      },
    },
    backend_scheduler: { local_work_path: join(dir, 'work') },
    backend_worker: { backend_scheduler_addr: grpcAddress, finish_on_shutdown_timeout: '1s' },
    querier: { frontend_worker: { frontend_address: grpcAddress } },
    // The newest seconds are otherwise left out of an answer.
    query_frontend: { query_end_cutoff: '1s' },
    usage_report: { reporting_enabled: false },
  }
}
