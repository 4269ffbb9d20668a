// Many plain clients of /ws in a process of their own, all subscribed to the same events; counts what they get.
import { once } from 'node:events'
import { WebSocket } from 'ws'

const { url, connections, subject } = JSON.parse(process.argv[2] ?? '') as {
  url: string
  connections: number
  subject: string
}
const atOnce = 50
let received = 0
const sockets: WebSocket[] = []

async function connect(): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`)
  await once(socket, 'open')
  const subscribed = Promise.withResolvers<void>()
  socket.on('message', (raw: Buffer) => {
    // to read each event as JSON a thousand times would measure this process
    if (raw.subarray(0, 15).toString() === '{"type":"event"') received++
    else subscribed.resolve()
  })
  socket.send(JSON.stringify({ type: 'subscribe', subscription: { subjects: [subject] } }))
  await subscribed.promise
  sockets.push(socket)
}

for (let done = 0; done < connections; done += atOnce)
  await Promise.all(Array.from({ length: Math.min(atOnce, connections - done) }, connect))
process.send?.({ ready: sockets.length })
process.on('message', () => process.send?.({ received }))
