import type { ChatMessage, RunEnd, Session } from '../../types.ts'
import type { Language } from '../../words/index.ts'
import { makeAnswer, type Settled } from '../agent/answer.ts'
import type { Steered } from '../agent/loop.ts'
import type { McpLink, ToolDefinition } from '../agent/mcp-link.ts'
import { personFiles } from '../attachments/store.ts'
import type { RunRow, RunState } from '../store/store.ts'
import type { RunnerDeps } from './active.ts'
import { messageOf } from './chunks.ts'
import { queueOf } from './queue-store.ts'
import type { RunLog } from './run-log.ts'
import { tellQueue, tellStored } from './tell.ts'

export interface Execution {
  row: RunRow
  log: RunLog
  stop: AbortController
  session: Session
  history: ChatMessage[]
  link: McpLink
  offered: Promise<Settled<ToolDefinition[]>>
  persona: Promise<Settled<string | undefined>>
  language: Promise<Language | undefined>
  release: () => void
}

/** Makes one answer, stores it and ends its run. */
export async function execute(deps: RunnerDeps, execution: Execution): Promise<ChatMessage | undefined> {
  const { host, store, now } = deps
  const { row, log, stop, session, history, link, offered, persona, language, release } = execution
  const started = now()
  let heard = false
  const steering = async () => {
    const said = await hear(deps, session.id)
    heard ||= said.length > 0
    return said
  }
  log.push({
    type: 'start',
    messageId: row.messageId,
    messageMetadata: { run: row.id, at: new Date(started).toISOString() },
  })
  const answer = makeAnswer({
    ...{ host, session, history, link, offered, persona, language, steering, now },
    files: personFiles(deps),
    run: row.id,
    signal: stop.signal,
  })
  let next = await answer.next()
  for (; !next.done; next = await answer.next()) log.push(next.value)
  const { end, failure: _failure, ...told } = next.value
  const tookMs = now() - started
  log.push({ type: 'finish', messageMetadata: { end, tookMs, ...told } })
  const { model, inputTokens, outputTokens } = told
  if (inputTokens > 0 || outputTokens > 0) host.onTokens?.({ model, input: inputTokens, output: outputTokens, tookMs })
  const message = await messageOf(log.all())
  // A piece that came after the end would stay in the store for ever
  await log.settle()
  const isStored = await store.endRun(row, stateOf(end), message).catch(async (error) => {
    // A run that never began has nothing to store: whoever asked was told
    if (stop.signal.reason !== error) host.log.error({ error, run: row.id }, 'an answer could not be stored')
    await log.save()
  })
  if (heard && isStored)
    await queueOf(deps)
      .settle(session.id)
      .catch((error) => host.log.warn({ error, run: row.id }, 'what was said into an answer still waits'))
  // Whoever sees the stream end may ask again at once.
  release()
  await log.end()
  if (isStored) void tellStored(host, session.id, message)
  await link.close()
  return message
}

/** What people said into the answer since its last step. A store that does not answer costs nobody the answer. */
async function hear(deps: RunnerDeps, conversation: string): Promise<Steered[]> {
  try {
    const said = await queueOf(deps).takeSteers(conversation)
    if (said.length > 0) void tellQueue(deps.host, conversation)
    return said
  } catch (error) {
    deps.host.log.warn({ error, conversation }, 'what was said into an answer could not be read')
    return []
  }
}

const stateOf = (end: RunEnd): Exclude<RunState, 'running'> =>
  end === 'stopped' ? 'aborted' : end === 'failed' ? 'failed' : end === 'interrupted' ? 'interrupted' : 'done'
