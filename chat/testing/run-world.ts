import type { EventEnvelope, NewEvent } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { ChatChunk } from '../src/lib/server/agent/loop.ts'
import type { ChatHost, ChatProcess } from '../src/lib/server/host.ts'
import { newId } from '../src/lib/server/http.ts'
import type { RunnerDeps } from '../src/lib/server/runs/active.ts'
import { chatStore } from '../src/lib/server/store/store.ts'
import type { ChatMessage } from '../src/lib/types.ts'
import { type FleetServer, startFleetServer } from './fleet-server.ts'

/** A store, a fleet and an event bus for tests of runs. */
export interface RunWorld {
  database: TestDatabase
  fleet: FleetServer
  /** Told so far */
  events: NewEvent[]
  process: ChatProcess
  publish(event: NewEvent): void
  depsFor(modelUrl: string, over?: Partial<ChatHost>): RunnerDeps
  close(): Promise<void>
}

export async function startRunWorld(): Promise<RunWorld> {
  const [database, fleet] = await Promise.all([testDatabase(), startFleetServer()])
  const events: NewEvent[] = []
  const readers = new Set<{ pattern: string; handler: (event: EventEnvelope) => void }>()
  const person = { id: 'ada', name: 'Ada', role: 'owner' }
  let model = ''
  const publish = (event: NewEvent) => {
    events.push(event)
    const envelope = { ...event, seq: events.length, at: new Date().toISOString() }
    for (const { pattern, handler } of readers) if (event.subject.startsWith(pattern.slice(0, -1))) handler(envelope)
  }
  const ownProcess: ChatProcess = {
    onEvent(pattern, handler) {
      const reader = { pattern, handler }
      readers.add(reader)
      return () => void readers.delete(reader)
    },
    hostOf: (of) => hostFor(model, { person: of }),
    approvalAsker: async (id) => {
      const conversation = [...fleet.tokens].at(-1)?.replace('Bearer agent-', '')
      return fleet.approvals.has(id) ? { person, ...(conversation !== undefined && { conversation }) } : undefined
    },
  }
  function hostFor(modelUrl: string, over: Partial<ChatHost> = {}): ChatHost {
    return {
      db: async () => database.db,
      mcpUrl: fleet.mcpUrl,
      apiUrl: fleet.url,
      llm: { baseUrl: modelUrl, demo: false },
      agentToken: ({ conversation }) => `agent-${conversation}`,
      person,
      log: { info() {}, warn() {}, error() {} },
      emit: async (event) => publish(event),
      process: ownProcess,
      embeddedStore: true,
      ...over,
    }
  }
  return {
    database,
    fleet,
    events,
    process: ownProcess,
    publish,
    depsFor(modelUrl, over) {
      model = modelUrl
      const host = hostFor(modelUrl, over)
      const store = chatStore({ db: host.db, owner: host.person.id, now: () => new Date(), newId })
      return { host, store, now: Date.now, newId }
    },
    async close() {
      await fleet.close()
      await database.close()
    },
  }
}

export const said = (text: string, id = newId()): ChatMessage => ({ id, role: 'user', parts: [{ type: 'text', text }] })

export const textOf = (message: ChatMessage | undefined): string =>
  message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') ?? ''

/** The chunks of a stream, all of them or those up to the one that `until` waits for. */
export async function read(
  stream: ReadableStream<ChatChunk>,
  until?: (chunks: ChatChunk[]) => boolean,
): Promise<ChatChunk[]> {
  const chunks: ChatChunk[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return chunks
    chunks.push(value)
    if (until?.(chunks)) {
      await reader.cancel()
      return chunks
    }
  }
}
