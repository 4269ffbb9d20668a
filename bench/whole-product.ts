import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { configurationAt, refusingUrl } from './dead-upstreams.ts'
import { type Bench, Skipped } from './measure.ts'
import { plainEnvironment, startNode } from './processes.ts'

const run = promisify(execFile)

/** The chat, built from the sources as they are. */
async function ensureChat(bench: Bench): Promise<void> {
  if (!existsSync(join(bench.root, 'chat/vite.config.ts'))) throw new Skipped('there is no chat in this checkout')
  await run(process.execPath, ['scripts/ensure-chat.mjs'], { cwd: bench.root, env: plainEnvironment() })
}

export interface WholeProduct {
  pid: number
  url: string
}

/**
 * Server and chat in one process as `npm start` runs them, with neither the demo world nor the demo model: all upstreams refuse
 * connections, and so does the model unless `modelUrl` names one. With `demo` the demo world and the demo model are there.
 */
export async function startWholeProduct(
  bench: Bench,
  { modelUrl, demo }: { modelUrl?: string; demo?: true } = {},
): Promise<WholeProduct> {
  await ensureChat(bench)
  const refusing = await refusingUrl()
  const outside: Record<string, string> = demo
    ? {}
    : { QM_CONFIG: await configurationAt(bench, refusing), LLM_BASE_URL: `${modelUrl ?? refusing}/v1` }
  const { child, errors } = startNode(bench, ['start.ts'], {
    ...outside,
    PORT: '0',
    QM_DATA_DIR: join(bench.folder, 'data'),
    QM_LOG_LEVEL: 'error',
    QM_RATE_LIMITS: 'off',
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the product ended with ${code}: ${errors()}`)
  })
  ended.catch(() => undefined)
  const listening = new Promise<string>((resolve) => {
    let printed = ''
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const found = /Quartermaster is at (\S+)/.exec(printed)?.[1]
      if (found && printed.includes('metrics:')) resolve(found)
    })
  })
  return { pid: child.pid, url: await Promise.race([listening, ended]) }
}

/** A new conversation; answers its id. */
export async function newConversation({ url }: WholeProduct): Promise<string> {
  const answer = await fetch(`${url}/api/v1/chat/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ persona: 'default', clusters: [] }),
  })
  if (!answer.ok) throw new Error(`no conversation could be made: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { id: string }).id
}
