import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './measure.ts'
import { startNode } from './processes.ts'

/** Writes a conversation into the database of a product that is not running yet; answers its id. */
export async function writeConversation(
  bench: Bench,
  { turns, cards }: { turns: number; cards: number },
): Promise<string> {
  const folder = join(bench.folder, 'data')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { child, errors } = startNode(bench, ['bench/long-conversation.child.ts', folder, String(turns), String(cards)])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the conversation was not written: ${errors()}`)
  })
  ended.catch(() => undefined)
  const [{ id }] = (await Promise.race([once(child, 'message'), ended])) as [{ id: string }]
  await once(child, 'exit')
  return id
}
