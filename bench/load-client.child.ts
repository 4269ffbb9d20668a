// Asks one MCP server as fast as it answers, over kept connections, and tells how often and how fast.
import { Agent, request } from 'node:http'
import { quantile } from './measure.ts'

interface Load {
  url: string
  connections: number
  forMs: number
  /** JSON-RPC, sent again and again */
  body: string
  headers: Record<string, string>
}

const load = JSON.parse(process.argv[2] ?? '') as Load
const agent = new Agent({ keepAlive: true, maxSockets: load.connections })
const headers = { ...load.headers, 'content-length': String(Buffer.byteLength(load.body)) }

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(load.url, { method: 'POST', agent, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.on('end', () => {
        if (answer.statusCode === 200 && text.includes('"structuredContent"') && !text.includes('"isError"')) resolve()
        else reject(new Error(`${answer.statusCode}: ${text.slice(0, 400)}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(load.body)
  })
}

const tookMs: number[] = []
const startedAt = performance.now()
const until = startedAt + load.forMs

async function keepAsking(): Promise<void> {
  while (performance.now() < until) {
    const askedAt = performance.now()
    await ask()
    tookMs.push(performance.now() - askedAt)
  }
}

await Promise.all(Array.from({ length: load.connections }, keepAsking))
const seconds = (performance.now() - startedAt) / 1000
agent.destroy()
// Whoever started this one ends it, once it has the answer
process.send?.({
  perSecond: tookMs.length / seconds,
  answered: tookMs.length,
  p50: quantile(tookMs, 0.5),
  p99: quantile(tookMs, 0.99),
})
