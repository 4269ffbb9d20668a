import type { ServerResponse } from 'node:http'
import { sendText } from '../http-server.ts'
import type { Cluster } from '../world/cluster.ts'
import type { Pod } from '../world/kube-types.ts'
import type { LogLine, LogStream } from '../world/logs.ts'
import { badRequest } from './status.ts'

const DAY_MS = 86_400_000

export interface PodLogInput {
  pod: Pod
  stream: LogStream
  /** When the container that runs now began, and the one before it, if there was one. */
  restartsMs: readonly number[]
  parameters: URLSearchParams
}

/** `GET …/pods/<name>/log`: plain text, with the options kubelet knows; `follow` goes on as world time does. */
export function sendPodLog(cluster: Cluster, response: ServerResponse, input: PodLogInput): void {
  const { pod, parameters } = input
  const container = parameters.get('container')
  const names = pod.spec.containers.map((one) => one.name)
  if (container && !names.includes(container))
    throw badRequest(`container ${container} is not valid for pod ${pod.metadata.name}`)
  if (!container && names.length > 1)
    throw badRequest(
      `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`,
    )
  const chosen = container ?? names[0] ?? ''
  const previous = parameters.get('previous') === 'true'
  const status = pod.status.containerStatuses?.find((one) => one.name === chosen)
  const waiting = status?.state.waiting?.reason
  if (!pod.spec.nodeName || (waiting && waiting !== 'CrashLoopBackOff')) {
    throw badRequest(
      `container "${chosen}" in pod "${pod.metadata.name}" is waiting to start: ${waiting ?? 'trying and failing to pull image'}`,
    )
  }
  if (previous && input.restartsMs.length === 0) {
    throw badRequest(`previous terminated container "${chosen}" in pod "${pod.metadata.name}" not found`)
  }
  const nowMs = cluster.timeline.now()
  const lines = tail(span(input, { previous, nowMs }), parameters)
  const stamped = parameters.get('timestamps') === 'true'
  const text = lines.map((line) => lineText(line, stamped)).join('')
  const limit = Number(parameters.get('limitBytes') ?? 0)
  const bytes = limit > 0 ? Buffer.from(text).subarray(0, limit).toString('utf8') : text
  if (parameters.get('follow') === 'true') follow(cluster, response, { input, fromMs: nowMs, first: bytes, stamped })
  else sendText(response, 200, bytes, 'text/plain')
}

function span(
  { pod, stream, restartsMs, parameters }: PodLogInput,
  { previous, nowMs }: { previous: boolean; nowMs: number },
): LogLine[] {
  const last = restartsMs.at(-1)
  const before = restartsMs.at(-2) ?? Date.parse(pod.metadata.creationTimestamp)
  // While it is in back-off, the newest container is the one that died last.
  const down = pod.status.containerStatuses?.[0]?.state.waiting !== undefined
  const [fromMs, toMs] = previous || (down && last) ? [before, last ?? nowMs] : [last ?? before, nowMs]
  const sinceSeconds = Number(parameters.get('sinceSeconds') ?? 0)
  const sinceTime = parameters.get('sinceTime')
  const sinceMs = sinceSeconds > 0 ? nowMs - sinceSeconds * 1000 : sinceTime ? Date.parse(sinceTime) : nowMs - DAY_MS
  return stream.lines(Math.max(fromMs, sinceMs), toMs)
}

function tail(lines: LogLine[], parameters: URLSearchParams): LogLine[] {
  const count = parameters.get('tailLines')
  return count === null ? lines : Number(count) === 0 ? [] : lines.slice(-Number(count))
}

function lineText(line: LogLine, stamped: boolean): string {
  return stamped ? `${new Date(line.atMs).toISOString().replace('Z', '000000Z')} ${line.text}\n` : `${line.text}\n`
}

interface Following {
  input: PodLogInput
  fromMs: number
  first: string
  stamped: boolean
}

function follow({ timeline }: Cluster, response: ServerResponse, { input, fromMs, first, stamped }: Following): void {
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  if (first) response.write(first)
  let sinceMs = fromMs
  let open = true
  response.on('close', () => {
    open = false
  })
  const beat = () => {
    if (!open) return
    const text = input.stream
      .lines(sinceMs, timeline.now())
      .map((line) => lineText(line, stamped))
      .join('')
    if (text) response.write(text)
    sinceMs = timeline.now()
    timeline.after(1000, beat)
  }
  timeline.after(1000, beat)
}
