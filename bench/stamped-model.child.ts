// A model whose every token says when it was sent, so that a reader far behind it can tell how late it is.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const [, , everyMs = '40', usualTokens = '750'] = process.argv
const nowMs = () => performance.timeOrigin + performance.now()
const piece = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 0, model: 'stamped', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

/** On a schedule of its own: a timer that fires late does not make the model slower. */
function stream(response: ServerResponse, tokens: number) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const startedAt = performance.now()
  let said = 0
  const say = () => {
    if (response.destroyed) return
    for (; said < tokens && startedAt + said * Number(everyMs) <= performance.now(); said++)
      response.write(piece({ content: `t=${nowMs().toFixed(1)} ` }))
    if (said < tokens) {
      setTimeout(say, Math.max(1, startedAt + said * Number(everyMs) - performance.now()))
      return
    }
    response.write(piece({}, 'stop'))
    response.end('data: [DONE]\n\n')
  }
  say()
}

const server = createServer((request, response) => {
  if (request.url?.endsWith('/models')) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'stamped' }] }))
    return
  }
  // `stamped_tokens`: whoever asks directly may want fewer
  let body = ''
  request.setEncoding('utf8').on('data', (text: string) => {
    body += text
  })
  request.on('end', () => stream(response, Number(JSON.parse(body).stamped_tokens ?? usualTokens)))
})
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
)
process.on('disconnect', () => process.exit(0))
