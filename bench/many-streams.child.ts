// Asks at many addresses at once and tells how late each token came, against the time that the model wrote into it.
import { Agent, request } from 'node:http'
import { quantile } from './measure.ts'

const { urls, body, tokens } = JSON.parse(process.argv[2] ?? '') as {
  urls: string[]
  body: object
  tokens: number
}
const agent = new Agent({ keepAlive: true, maxSockets: urls.length })
const nowMs = () => performance.timeOrigin + performance.now()
const startedAt = nowMs()

interface Token {
  sentAt: number
  lateMs: number
}

function ask(url: string): Promise<Token[]> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (answer) => {
        const heard: Token[] = []
        let rest = ''
        answer.setEncoding('utf8').on('data', (text: string) => {
          const at = nowMs()
          rest += text
          const whole = rest.lastIndexOf('\n\n') + 2
          if (whole < 2) return
          for (const [, stamp] of rest.slice(0, whole).matchAll(/t=(\d+\.\d) /g))
            heard.push({ sentAt: Number(stamp), lateMs: at - Number(stamp) })
          rest = rest.slice(whole)
        })
        answer.on('end', () => {
          if (answer.statusCode === 200 && heard.length === tokens) resolve(heard)
          else reject(new Error(`${url}: ${answer.statusCode}, ${heard.length} of ${tokens} tokens`))
        })
        answer.on('error', reject)
      },
    )
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(body))
  })
}

const streams = await Promise.all(urls.map(ask))
agent.destroy()
// While all of them talk: from the last one's first token to the first one's last token
const from = Math.max(...streams.map((stream) => stream[0]!.sentAt))
const until = Math.min(...streams.map((stream) => stream.at(-1)!.sentAt))
const late = streams.flat().flatMap(({ sentAt, lateMs }) => (sentAt >= from && sentAt <= until ? [lateMs] : []))
process.send?.({
  tokens: late.length,
  forMs: until - from,
  allTalkAfterMs: from - startedAt,
  ...(late.length > 0 && { p50: quantile(late, 0.5), p99: quantile(late, 0.99), max: quantile(late, 1) }),
})
