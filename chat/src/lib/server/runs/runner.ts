import { isToolError, ToolError } from '#contract'
import type { ChatMessage, RunEnd, Session } from '../../types.ts'
import { makeAnswer, type Settled, settled } from '../agent/answer.ts'
import type { ChatChunk } from '../agent/loop.ts'
import { type McpLink, openLink, type ToolDefinition } from '../agent/mcp-link.ts'
import type { ChatHost } from '../host.ts'
import type { ChatStore, RunRow, RunState } from '../store.ts'
import { messageOf } from './chunks.ts'
import { createRunLog, type RunLog } from './run-log.ts'

interface ActiveRun {
  row: RunRow
  log: RunLog
  stop: AbortController
  /** Resolves with the stored answer */
  done: Promise<ChatMessage | undefined>
}

// Runs belong to the process and not to a request: a page that closes does not end them.
const active = new Map<string, ActiveRun>()

export interface RunnerDeps {
  host: ChatHost
  store: ChatStore
  now: () => number
  newId: () => string
}

export const activeRun = (conversation: string): ActiveRun | undefined => active.get(conversation)

const previewCharacters = 120

/** CHT-017: other windows of the conversation hear that there is a message. */
async function tellStored(host: ChatHost, conversation: string, message: ChatMessage | undefined): Promise<void> {
  if (!message) return
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join(' ')
  const preview = text.replace(/\s+/g, ' ').trim().slice(0, previewCharacters)
  await host.emit?.({
    name: 'chat.message-added',
    subject: `chat/${conversation}`,
    data: { sessionId: conversation, messageId: message.id, role: message.role, preview },
  })
}

/** Saves what was said, starts the answer and hands back its stream. ToolError conflict when an answer is going on. */
export async function startRun(
  deps: RunnerDeps,
  input: { session: Session; message?: ChatMessage; replaceFrom?: string },
): Promise<ActiveRun> {
  const { host, store, now, newId } = deps
  const { session } = input
  if (active.has(session.id))
    throw new ToolError('conflict', 'An answer is still being made in this conversation.', {
      next: 'Wait for it, or stop it first.',
    })
  const row: RunRow = {
    id: newId(),
    conversation: session.id,
    messageId: newId(),
    state: 'running',
    startedAt: new Date(now()),
  }
  // The model hears of the question while the database still writes it. What follows from an answer waits until it is stored.
  const stored = Promise.withResolvers<unknown>()
  stored.promise.catch(() => {})
  const whenStored =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await stored.promise
      return work(...args)
    }
  const gated = { ...store, appendChunks: whenStored(store.appendChunks), endRun: whenStored(store.endRun) }
  const opened = openLink({
    url: host.mcpUrl,
    token: host.agentToken({ conversation: session.id, persona: session.persona, clusters: session.clusters }),
    persona: session.persona,
    person: host.person.id,
    now,
  })
  const link: McpLink = { ...opened, call: whenStored(opened.call) }
  const offered = settled(link.tools())
  const persona = settled(link.personaPrompt(session.persona))
  const log = createRunLog({
    run: row.id,
    store: gated,
    now,
    onStoreError: (error) => host.log.warn({ error, run: row.id }, 'a piece of an answer could not be stored'),
  })
  const stop = new AbortController()
  // Known here before it is in the store: whoever finds it there must see that somebody makes it.
  const begun = Promise.withResolvers<ChatMessage[]>()
  const release = () => {
    if (active.get(session.id)?.row === row) active.delete(session.id)
  }
  const done = begun.promise.then((history) =>
    execute({ ...deps, store: gated }, { row, log, stop, session, history, link, offered, persona, release }),
  )
  const run: ActiveRun = { row, log, stop, done }
  active.set(session.id, run)
  done.catch(async () => {
    release()
    await log.end()
    await link.close()
  })
  const begin = () =>
    store.beginRun({
      conversation: session.id,
      run: row.id,
      messageId: row.messageId,
      message: input.message,
      replaceFrom: input.replaceFrom,
      onHistory: begun.resolve,
    })
  try {
    const history = await begin().catch(async (error) => {
      // The run that is in the way may be one that was cut off
      if (!isToolError(error) || error.code !== 'conflict' || (await settleCutOff(deps, session.id))) throw error
      return begin()
    })
    stored.resolve(undefined)
    begun.resolve(history)
    void tellStored(host, session.id, input.message)
  } catch (error) {
    stored.reject(error)
    begun.reject(error)
    stop.abort(error)
    release()
    throw error
  }
  return run
}

interface Execution {
  row: RunRow
  log: RunLog
  stop: AbortController
  session: Session
  history: ChatMessage[]
  link: McpLink
  offered: Promise<Settled<ToolDefinition[]>>
  persona: Promise<Settled<string | undefined>>
  release: () => void
}

async function execute(deps: RunnerDeps, execution: Execution): Promise<ChatMessage | undefined> {
  const { host, store, now } = deps
  const { row, log, stop, session, history, link, release } = execution
  const started = now()
  log.push({
    type: 'start',
    messageId: row.messageId,
    messageMetadata: { run: row.id, at: new Date(started).toISOString() },
  })
  const { offered, persona } = execution
  const answer = makeAnswer({ host, session, history, link, offered, persona, run: row.id, signal: stop.signal, now })
  let next = await answer.next()
  for (; !next.done; next = await answer.next()) log.push(next.value)
  const { end, failure: _failure, ...told } = next.value
  const tookMs = now() - started
  log.push({ type: 'finish', messageMetadata: { end, tookMs, ...told } })
  const { model, inputTokens, outputTokens } = told
  if (inputTokens > 0 || outputTokens > 0) host.onTokens?.({ model, input: inputTokens, output: outputTokens, tookMs })
  const message = await messageOf(log.all())
  const isStored = await store
    .endRun(row, stateOf(end), message)
    .catch((error) => host.log.error({ error, run: row.id }, 'an answer could not be stored'))
  // Whoever sees the stream end may ask again at once.
  release()
  await log.end()
  if (isStored) void tellStored(host, session.id, message)
  await link.close()
  return message
}

const stateOf = (end: RunEnd): Exclude<RunState, 'running'> =>
  end === 'stopped' ? 'aborted' : end === 'failed' ? 'failed' : end === 'interrupted' ? 'interrupted' : 'done'

/** Stops the run of a conversation: model and tools. `run` names the one meant, so that a late click cannot stop the next one. */
export function stopRun(conversation: string, run?: string): boolean {
  const going = active.get(conversation)
  if (!going || (run !== undefined && going.row.id !== run)) return false
  going.stop.abort(new DOMException('stopped by the person', 'AbortError'))
  return true
}

const silentMs = 15_000
const pollMs = 150

/**
 * A run that is marked as running while no living process makes it was cut off: its text is kept, it counts as interrupted.
 * On the embedded store there is no other process; on PostgreSQL the last sign of life decides.
 */
export async function recover(deps: RunnerDeps, conversation: string): Promise<RunRow | undefined> {
  return active.get(conversation)?.row ?? settleCutOff(deps, conversation)
}

/** The same for runs that this process does not make. */
async function settleCutOff(deps: RunnerDeps, conversation: string): Promise<RunRow | undefined> {
  const { store, host, now } = deps
  const row = await store.runningRun(conversation)
  if (!row) return undefined
  const batches = await store.chunks(row.id, -1)
  const lastSign = Math.max(row.startedAt.getTime(), ...batches.map(({ batch }) => batch.at))
  if (!host.embeddedStore && now() - lastSign < silentMs) return row
  const chunks = batches.flatMap(({ batch }) => batch.chunks as ChatChunk[])
  const message = await messageOf([
    ...chunks,
    {
      type: 'data-notice',
      id: 'interrupted',
      data: {
        text: 'The server was restarted in the middle of this answer. What was said is kept; ask again to go on.',
      },
    },
    { type: 'finish', messageMetadata: { end: 'interrupted' } },
  ])
  if (await store.endRun(row, 'interrupted', message)) void tellStored(host, conversation, message)
  return undefined
}

/** The stream of the answer that is being made, from its beginning; undefined when there is none (CHT resume). */
export async function resumeRun(
  deps: RunnerDeps,
  conversation: string,
): Promise<ReadableStream<ChatChunk> | undefined> {
  const own = active.get(conversation)
  if (own) return own.log.follow()
  const row = await recover(deps, conversation)
  return row && followElsewhere(deps, row)
}

/** Reads a run that another process makes out of the store. */
function followElsewhere(deps: RunnerDeps, row: RunRow): ReadableStream<ChatChunk> {
  const { store } = deps
  let after = -1
  let cancelled = false
  return new ReadableStream<ChatChunk>({
    async pull(controller) {
      while (!cancelled) {
        const batches = await store.chunks(row.id, after)
        for (const { seq, batch } of batches) {
          after = seq
          for (const chunk of batch.chunks as ChatChunk[]) controller.enqueue(chunk)
        }
        if (batches.length > 0) return
        if (!(await recover(deps, row.conversation))) {
          controller.close()
          return
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
    },
    cancel() {
      cancelled = true
    },
  })
}
