import { once } from 'node:events'
import { join } from 'node:path'
import { freshBundle } from '../mcp-server/bundled.mjs'
import { configurationAt, refusingUrl, silentUrl } from './dead-upstreams.ts'
import { atMost, type Bench, type Figure, type Measure, median, rounded, timed } from './measure.ts'
import { processorMs, residentMib, startNode } from './processes.ts'
import { hello, startStdio } from './stdio-client.ts'

const rounds = 7

interface Start {
  wallMs: number
  processorMs: number
  listedMib: number
  calledMib?: number
}

/** From the start of the process to the answer of tools/list, as a 2025-11-25 client sees it. */
async function startOnce(
  bench: Bench,
  env: Record<string, string>,
  { alsoCall = false, program = ['mcp-server/stdio.mjs'] }: { alsoCall?: boolean; program?: string[] } = {},
): Promise<Start> {
  const startedAt = performance.now()
  const server = startStdio(bench, program, env)
  await server.ask('initialize', hello)
  server.tell('notifications/initialized')
  const { tools } = (await server.ask('tools/list', {})) as { tools: unknown[] }
  const wallMs = performance.now() - startedAt
  if (tools.length === 0) throw new Error('tools/list is empty')
  const start: Start = { wallMs, processorMs: processorMs(server.pid), listedMib: residentMib(server.pid) }
  if (alsoCall) {
    await server.ask('tools/call', { name: 'list_nodes', arguments: {} })
    start.calledMib = residentMib(server.pid)
  }
  await server.end()
  return start
}

async function bareStart(bench: Bench): Promise<number> {
  const { tookMs } = await timed(async () => {
    const { child } = startNode(bench, ['--eval', '0'])
    if (child.exitCode === null) await once(child, 'exit')
  })
  return tookMs
}

const figures = (what: string, bareMs: number, starts: Start[]): Figure[] => [
  {
    name: `start to tools/list, upstreams ${what}`,
    value: rounded(median(starts.map(({ wallMs }) => wallMs))),
    unit: 'ms',
    target: atMost(300),
    comparedWith: `a bare Node start of ${rounded(bareMs)} ms; fastest ${rounded(Math.min(...starts.map(({ wallMs }) => wallMs)))} ms; processor time ${rounded(median(starts.map((start) => start.processorMs)))} ms`,
  },
  {
    name: `memory after tools/list, upstreams ${what}`,
    value: rounded(Math.max(...starts.map(({ listedMib }) => listedMib))),
    unit: 'MiB',
    target: atMost(120),
  },
  {
    name: `memory after a list_nodes that failed, upstreams ${what}`,
    value: rounded(Math.max(...starts.map(({ calledMib = 0 }) => calledMib))),
    unit: 'MiB',
    target: atMost(120),
  },
]

export const stdioStart: Measure = {
  id: 'stdio-start',
  title: 'stdio: cold start to the answer of tools/list, every upstream dead',
  async run(bench) {
    const env = (config: string) => ({
      QM_CONFIG: config,
      QM_DATA_DIR: join(bench.folder, 'data'),
      QM_LOG_LEVEL: 'error',
    })
    const refused = env(await configurationAt(bench, await refusingUrl()))
    const silent = env(await configurationAt(bench, await silentUrl(bench)))
    const first = await startOnce(bench, refused, { program: ['mcp-server/main.ts', '--stdio'] })
    // What a first start leaves behind for the next ones
    await once(startNode(bench, ['scripts/bundle-stdio.ts']).child, 'exit')
    if (freshBundle(bench.root) === undefined) throw new Error('the stdio server could not be bundled')
    // The code of a call is compiled and kept as well
    await startOnce(bench, refused, { alsoCall: true })
    const bare: number[] = []
    const starts: { refused: Start[]; silent: Start[] } = { refused: [], silent: [] }
    for (let round = 0; round < rounds; round++) {
      bare.push(await bareStart(bench))
      starts.refused.push(await startOnce(bench, refused, { alsoCall: true }))
      // A call waits for its time-outs there: once is enough
      starts.silent.push(await startOnce(bench, silent, { alsoCall: round === 0 }))
    }
    return [
      ...figures('refuse', median(bare), starts.refused),
      ...figures('never answer', median(bare), starts.silent),
      {
        name: 'the very first start, nothing compiled and bundled yet',
        value: rounded(first.wallMs),
        unit: 'ms',
        comparedWith: `memory then: ${rounded(first.listedMib)} MiB, with Node's TypeScript translator`,
      },
    ]
  },
}
