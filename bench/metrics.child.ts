// Many small Prometheus servers behind one port, in a process of its own: `/c/<n>` is cluster n. Each range query is answered with
// the same series after the time its cluster takes, so that what is measured is the product.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const { seriesPerCluster, slow, slowMs, fastMs } = JSON.parse(process.argv[2] ?? '{}') as {
  seriesPerCluster: number
  slow: number
  slowMs: number
  fastMs: number
}
const bodies = new Map<string, string>()

/** Every series has a value at every step. */
function bodyOf(start: number, end: number, step: number): string {
  const result = Array.from({ length: seriesPerCluster }, (_, index) => {
    const values: [number, string][] = []
    for (let time = start; time <= end; time += step) values.push([time, String(Math.sin(time / 600 + index) * 100)])
    return { metric: { __name__: 'bench', job: 'vllm', namespace: `team-${index % 5}`, pod: `pod-${index}` }, values }
  })
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } })
}

const server = createServer((request, response) => {
  const cluster = Number(/^\/c\/(\d+)\//.exec(request.url ?? '')?.[1])
  if (!request.url?.endsWith('/query_range')) {
    response.writeHead(404).end()
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name))) as [
      number,
      number,
      number,
    ]
    const key = `${start} ${end} ${step}`
    const body = bodies.get(key) ?? bodyOf(start, end, step)
    bodies.set(key, body)
    setTimeout(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end(body),
      cluster === slow ? slowMs : fastMs,
    )
  })
})
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
)
process.on('disconnect', () => process.exit(0))
