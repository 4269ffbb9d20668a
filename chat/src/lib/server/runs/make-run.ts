import { setImmediate as turn } from 'node:timers/promises'
import { isToolError, ToolError } from '#contract'
import type { ChatMessage, Session } from '../../types.ts'
import { settled } from '../agent/answer.ts'
import { type McpLink, openLink } from '../agent/mcp-link.ts'
import { preferenceStore } from '../preferences.ts'
import type { RunRow } from '../store/store.ts'
import { type ActiveRun, activeRun, type RunnerDeps, register } from './active.ts'
import { execute } from './execute.ts'
import { settleCutOff } from './recover.ts'
import { createRunLog } from './run-log.ts'
import { tellStored } from './tell.ts'

export interface RunInput {
  session: Session
  message?: ChatMessage
  replaceFrom?: string
}

/** Saves what was said, starts the answer and hands back its stream. ToolError conflict when an answer is going on. */
export async function makeRun(deps: RunnerDeps, input: RunInput): Promise<ActiveRun> {
  const { host, store, now, newId } = deps
  const { session } = input
  if (activeRun(session.id))
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
    token: host.agentToken({
      ...{ conversation: session.id, persona: session.persona, clusters: session.clusters },
      mode: session.mode,
    }),
    persona: session.persona,
    person: host.person.id,
    now,
  })
  const link: McpLink = { ...opened, call: whenStored(opened.call) }
  const offered = settled(link.tools())
  const language = languageOf(deps)
  const persona = settled(link.personaPrompt(session.persona))
  const stop = new AbortController()
  const log = createRunLog({
    run: row.id,
    store: gated,
    now,
    onStoreError: (error) => {
      if (stop.signal.reason !== error)
        host.log.warn({ error, run: row.id }, 'a piece of an answer could not be stored')
    },
  })
  // Known here before it is in the store: whoever finds it there must see that somebody makes it.
  const begun = Promise.withResolvers<ChatMessage[]>()
  let release = () => {}
  const done = begun.promise.then((history) =>
    execute(
      { ...deps, store: gated },
      { row, log, stop, session, history, link, offered, persona, language, release: () => release() },
    ),
  )
  const run: ActiveRun = { row, log, stop, done }
  release = register(session.id, run)
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
    // The person's language is asked for first: behind the question, the model would wait until that is written
    await turn()
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

/** What the person reads; unknown where the store does not answer. */
const languageOf = ({ host, now }: RunnerDeps) =>
  preferenceStore({ db: host.db, owner: host.person.id, now: () => new Date(now()) })
    .read()
    .then(
      ({ language }) => language,
      () => undefined,
    )
