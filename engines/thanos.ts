import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { goEngineProgram } from './go-engines.ts'
import { freePort } from './ports.ts'
import { answersOk, type EngineProcess } from './process.ts'
import { type EngineRun, runEngine } from './run.ts'

export type ThanosOptions = StartOptions & {
  /** Addresses of Prometheus servers, each with external labels of its own; a sidecar is started for each. */
  prometheus: string[]
  /** External labels by which copies of one Prometheus differ; `replica` when absent. */
  replicaLabels?: string[]
}

export type Thanos = {
  /** The querier, which speaks Prometheus' HTTP API. */
  url: string
  /** In the order of the Prometheus servers. A stopped one stays known to the querier, as a store that does not answer. */
  sidecars: { stop(): Promise<void> }[]
  stop(): Promise<void>
}

/** Starts a Thanos sidecar for each Prometheus and a querier over them, on loopback. Returns when all of them are asked. */
export async function startThanos(options: ThanosOptions): Promise<Thanos> {
  const program = goEngineProgram('thanos')
  if (program === undefined) throw new EngineUnavailable('Thanos is not built; run: node engines/main.ts --only thanos')
  return runEngine('thanos', options, async (run) => {
    const sidecars: Sidecar[] = []
    for (const url of options.prometheus)
      sidecars.push(await startSidecar(run, program, { url, index: sidecars.length }))
    const { args, url } = await listening('query')
    const labels = (options.replicaLabels ?? ['replica']).map((label) => `--query.replica-label=${label}`)
    // Strict: a store that went away is an error of each query, as it is to an operator, and not forgotten.
    const stores = sidecars.map(({ grpc }) => `--endpoint-strict=${grpc}`)
    const querier = run.start({ name: 'thanos-query', program, args: [...args, ...labels, ...stores] })
    await querier.waitUntil(() => answersOk(`${url}/-/ready`))
    await querier.waitUntil(async () => (await healthyStores(url)) === sidecars.length)
    return { url, sidecars: sidecars.map(({ process }) => ({ stop: process.stop })), stop: run.stop }
  })
}

type Sidecar = { grpc: string; process: EngineProcess }

async function startSidecar(
  run: EngineRun,
  program: string,
  prometheus: { url: string; index: number },
): Promise<Sidecar> {
  const { args, url, grpc } = await listening('sidecar')
  const name = `thanos-sidecar-${prometheus.index}`
  const process = run.start({ name, program, args: [...args, `--prometheus.url=${prometheus.url}`] })
  await process.waitUntil(() => answersOk(`${url}/-/ready`))
  return { grpc, process }
}

async function listening(command: string): Promise<{ args: string[]; url: string; grpc: string }> {
  const http = `127.0.0.1:${await freePort()}`
  const grpc = `127.0.0.1:${await freePort()}`
  const args = [command, '--log.level=warn', `--http-address=${http}`, `--grpc-address=${grpc}`]
  return { args, url: `http://${http}`, grpc }
}

async function healthyStores(url: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/stores`)
  const answer = (await response.json()) as { data: Record<string, { lastError: unknown }[]> }
  return Object.values(answer.data)
    .flat()
    .filter((store) => store.lastError === null).length
}
