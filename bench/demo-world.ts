import { once } from 'node:events'
import type { StartOptions, WorldConfig } from '../mocks/main.ts'
import type { Bench } from './measure.ts'
import { startNode } from './processes.ts'

/** Starts the mock servers of a world and answers the configuration that reaches them. */
export async function startDemoWorld(
  bench: Bench,
  options: Pick<StartOptions, 'podsPerCluster' | 'extraClusters'>,
): Promise<WorldConfig> {
  const { child, errors } = startNode(bench, ['bench/world.child.ts', JSON.stringify(options)])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the world ended: ${errors()}`)
  })
  ended.catch(() => undefined)
  const [{ config }] = (await Promise.race([once(child, 'message'), ended])) as [{ config: WorldConfig }]
  return config
}

/** How many objects of a kind an API server has, asked page by page without the product. */
export async function countObjects(url: string, path: string): Promise<number> {
  let count = 0
  let next = ''
  do {
    const answer = await fetch(`${url}${path}?limit=500${next && `&continue=${encodeURIComponent(next)}`}`)
    const list = (await answer.json()) as { items: unknown[]; metadata: { continue?: string } }
    count += list.items.length
    next = list.metadata.continue ?? ''
  } while (next !== '')
  return count
}
