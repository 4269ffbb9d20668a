import { createWorld, type World, type WorldOptions } from './world/world.ts'

export const TEST_START_MS = Date.parse('2026-11-20T12:00:00Z')

/** A small world with a clock that stands still: time moves only by `world.tick`. */
export function testWorld(options: Partial<WorldOptions> = {}): World {
  const podsPerCluster = { hub: 120, 'gpu-east': 330, 'gpu-west': 330, 'edge-lab': 130, ...options.podsPerCluster }
  return createWorld({ clock: () => TEST_START_MS, ...options, podsPerCluster })
}

/** JSON of an outside shape, for tests that look deep into answers. */
// biome-ignore lint/suspicious/noExplicitAny: tests read foreign wire formats field by field
export type Json = any

/** A GET or another call that reads the answer as JSON. */
export async function fetchJson(url: string, init?: RequestInit): Promise<{ status: number; body: Json }> {
  const response = await fetch(url, init)
  const text = await response.text()
  try {
    return { status: response.status, body: JSON.parse(text) }
  } catch {
    return { status: response.status, body: text }
  }
}
