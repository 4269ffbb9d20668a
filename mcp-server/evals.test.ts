import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StartedWorld, startWorld } from '../mocks/main.ts'
import { agent, startApp, type TestApp } from './testing/app.ts'
import { filled, readEvaluations } from './testing/evals.ts'

/** What the tools must tell for each question of the personas: the part of an answer that no model can make up for. */
let world: StartedWorld
let app: TestApp
let nowMs = Date.now()
beforeAll(async () => {
  world = await startWorld({ clock: () => nowMs, tickMs: 0, demoModel: false })
  app = await startApp({ upstreams: world.config, now: () => new Date(nowMs) })
}, 120_000)
afterAll(async () => {
  await app?.close()
  await world?.close()
})

const evaluations = readEvaluations()

it('there are at least 25 questions, each with a name of its own', () => {
  expect(evaluations.length).toBeGreaterThanOrEqual(25)
  expect(new Set(evaluations.map(({ id }) => id)).size).toBe(evaluations.length)
})

describe.each(evaluations)('$persona: $id', ({ persona, faults, waitSeconds, tools }) => {
  it('the tools tell the facts', async () => {
    const troubles = faults.map(({ kind, ...target }) => world.faults.inject(kind as never, target))
    nowMs += waitSeconds * 1000
    world.world.sync()
    try {
      for (const check of tools) {
        const { tool, input, says, silent, fails } = filled(check, { ...troubles[0] })
        const { answer, text } = await app.call(tool, input, { actor: { ...agent, persona } })
        expect(answer.error?.code, text).toBe(fails)
        for (const pattern of says) expect(text).toMatch(new RegExp(pattern, 'i'))
        for (const pattern of silent) expect(text).not.toMatch(new RegExp(pattern, 'i'))
      }
    } finally {
      for (const { id } of troubles) world.faults.clear(id)
    }
  }, 60_000)
})
