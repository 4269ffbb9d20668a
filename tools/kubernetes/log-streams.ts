import { durationSeconds } from '../arguments.ts'
import type { KubernetesCluster } from '../clients/kubernetes/types.ts'
import { type LogLine, parseLog } from './log-lines.ts'
import type { Stream } from './log-pods.ts'

export interface LogBounds {
  namespace: string
  since?: string | undefined
  previous?: boolean | undefined
  grep?: string | undefined
  /** Lines of each container */
  tail: number
  /** Of all containers together */
  limitBytes: number
  signal: AbortSignal
}

export interface ReadStream extends Stream {
  lines: LogLine[]
  failure?: Error
}

/** A search looks further back than what is shown of it; over all containers together this many lines. */
const searchedLines = 20_000

/** What containers printed, without colours. One that cannot be read does not hide the others; they share the bytes. */
export const readStreams = (
  client: KubernetesCluster,
  streams: readonly Stream[],
  bounds: LogBounds,
): Promise<ReadStream[]> =>
  Promise.all(streams.map((stream) => readStream(client, stream, { ...bounds, among: streams.length })))

async function readStream(
  client: KubernetesCluster,
  stream: Stream,
  { namespace, since, previous, grep, tail, limitBytes, among, signal }: LogBounds & { among: number },
): Promise<ReadStream> {
  const { pod, container, source } = stream
  try {
    const log = await client.logs({
      namespace,
      pod,
      container,
      tailLines: grep ? Math.min(10_000, Math.ceil(searchedLines / among)) : tail,
      limitBytes: Math.ceil(limitBytes / among),
      timestamps: true,
      signal,
      ...(since && { sinceSeconds: durationSeconds(since) }),
      ...(previous && { previous: true }),
    })
    return { ...stream, lines: parseLog(log, source) }
  } catch (error) {
    if (signal.aborted) throw error
    return { ...stream, lines: [], failure: error instanceof Error ? error : new Error(String(error)) }
  }
}
