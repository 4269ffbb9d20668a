import { isToolError } from '#contract'
import type { KubernetesCluster } from '../../clients/kubernetes/types.ts'
import { allColumns, commands, fewColumns } from './commands.ts'
import { readAppsCsv, readGpuCsv } from './csv.ts'
import { type SmiFailure, smiFailure } from './failure.ts'
import type { SmiReport } from './report.ts'
import { readReportXml } from './xml.ts'

/** A pod on the node whose image has nvidia-smi, or is likely to. */
export interface SmiPod {
  namespace: string
  pod: string
  container?: string
}

/** What nvidia-smi said on a node. Both are there where it failed after some rows. */
export interface SmiAnswer {
  report?: SmiReport
  failure?: SmiFailure
}

export interface SmiOptions {
  /** Processes and MIG instances too: the XML report, which costs the driver more */
  whole: boolean
  signal: AbortSignal
  timeoutMs: number
}

type Run = (command: readonly string[]) => Promise<{ exitCode: number; stdout: string; stderr: string }>

/** Asks the pods one after the other until one has the program. Never throws: what failed is an answer. */
export async function readSmi(
  client: KubernetesCluster,
  pods: readonly SmiPod[],
  { whole, signal, timeoutMs }: SmiOptions,
): Promise<SmiAnswer> {
  let answer: SmiAnswer = {
    failure: { kind: 'no-pod', said: '', meaning: 'no driver, toolkit, device plugin or DCGM pod runs on the node' },
  }
  for (const pod of pods) {
    try {
      const run: Run = (command) => client.execInPod({ ...pod, command, signal, timeoutMs })
      answer = whole ? await readWhole(run) : await readTable(run)
    } catch (error) {
      answer = { failure: failureOf(error) }
      // What is refused here is refused for the next pod too.
      if (answer.failure?.kind !== 'other') return answer
    }
    if (answer.failure?.kind !== 'no-program' && answer.failure?.kind !== 'other') return answer
  }
  return answer
}

function failureOf(error: unknown): SmiFailure {
  const said = (error instanceof Error ? error.message : String(error)).slice(0, 300)
  const code = isToolError(error) ? error.code : undefined
  if (code === 'cancelled') throw error
  if (code === 'upstream-denied')
    return { kind: 'denied', said, meaning: 'we may not run nvidia-smi there (create on pods/exec)' }
  if (code?.endsWith('-timeout')) return { kind: 'timeout', said, meaning: 'nvidia-smi did not end in time' }
  if (code === 'cluster-unreachable')
    return { kind: 'unreachable', said, meaning: 'the Kubernetes API does not answer' }
  return { kind: 'other', said, meaning: 'it could not be run' }
}

async function readWhole(run: Run): Promise<SmiAnswer> {
  const result = await run(commands.xml)
  const report = readReportXml(result.stdout)
  const failure = smiFailure(result)
  if (report && report.gpus.length > 0) return { report, ...(failure && { failure }) }
  if (failure && failure.kind !== 'bad-query' && failure.kind !== 'unsupported') return { failure }
  // No report, and no word why: the CSV is another code path of the program.
  const table = await readTable(run)
  if (!table.report) return table
  const apps = await run(commands.apps)
  const indexOf = new Map(table.report.gpus.map(({ uuid, index }) => [uuid, index]))
  return { ...table, report: { ...table.report, processes: readAppsCsv(apps.stdout, indexOf) } }
}

async function readTable(run: Run): Promise<SmiAnswer> {
  const notes: string[] = []
  let columns = allColumns
  let result = await run(commands.all)
  if (smiFailure(result)?.kind === 'bad-query') {
    // One field that the driver does not know refuses them all.
    const field = /Field "([^"]+)"/.exec(result.stdout)?.[1]
    notes.push(`the driver does not know ${field ?? 'a field'}: read with the thirteen it is sure to know`)
    columns = fewColumns
    result = await run(commands.few)
  }
  const failure = smiFailure(result)
  const { gpus, skipped } = readGpuCsv(result.stdout, columns)
  if (gpus.length === 0)
    return {
      failure: failure ?? {
        kind: 'garbage',
        exitCode: result.exitCode,
        said: result.stdout.split('\n')[0]?.slice(0, 300) ?? '',
        meaning: skipped > 0 ? 'what it printed has no row that can be read' : 'it printed nothing',
      },
    }
  if (skipped > 0) notes.push(`${skipped} rows could not be read`)
  const driver = gpus.find((gpu) => gpu.driver)?.driver
  return { report: { gpus, skipped, processes: [], notes, ...(driver && { driver }) }, ...(failure && { failure }) }
}
