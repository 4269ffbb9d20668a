import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Bench } from './measure.ts'
import { startNode } from './processes.ts'

interface Message {
  id?: number
  result?: Record<string, unknown>
  error?: { message: string }
}

export interface StdioServer {
  pid: number
  ask(method: string, params: object): Promise<Record<string, unknown>>
  tell(method: string): void
  /** Closes its standard input, as clients do, and waits for its end */
  end(): Promise<void>
}

/** A stdio server and the smallest client of it: JSON-RPC, a line a message. */
export function startStdio(bench: Bench, args: string[], env: Record<string, string>): StdioServer {
  const { child, errors } = startNode(bench, args, env)
  const waiting = new Map<number, { resolve: (message: Message) => void; reject: (error: Error) => void }>()
  let last = 0
  createInterface(child.stdout!).on('line', (line) => {
    const message = JSON.parse(line) as Message
    if (message.id !== undefined) waiting.get(message.id)?.resolve(message)
  })
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the server ended with ${code}: ${errors()}`))
  })
  const send = (message: object) => child.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  return {
    pid: child.pid,
    async ask(method, params) {
      const id = ++last
      const answered = new Promise<Message>((resolve, reject) => waiting.set(id, { resolve, reject }))
      send({ id, method, params })
      const { result, error } = await answered
      waiting.delete(id)
      if (!result) throw new Error(`${method}: ${error?.message}`)
      return result
    },
    tell: (method) => send({ method }),
    async end() {
      child.stdin!.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** What a client of 2025-11-25 says first. */
export const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } }
