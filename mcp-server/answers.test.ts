import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, answerLimitBytes, answer as answerSchema, type CardKind, cards } from '#contract'
import { type Found, readingCalls, type ToolCall } from './canaries.test-data.ts'
import { owner, startApp, type TestApp } from './testing/app.ts'
import { deadFleet } from './testing/dead-fleet.ts'
import { type PlantedApp, startPlantedApp } from './testing/planted-app.ts'

/** Every reading tool over the whole world with all that can be sick in it, and over one that is away. */

let planted: PlantedApp
let found: Found
let dead: TestApp
let largest = { bytes: 0, called: '' }
let asked = 0
/** What did not keep a rule, by call */
let wrong: Record<string, string> = {}

beforeAll(async () => {
  planted = await startPlantedApp({ plain: true })
  found = await planted.look()
  dead = await startApp({ upstreams: deadFleet() })
}, 120_000)
afterAll(async () => {
  await planted?.close()
  await dead?.close()
  if (process.env.QM_FIGURES) process.stderr.write(`${JSON.stringify({ asked, largest })}\n`)
})
afterEach(() => {
  const seen = wrong
  wrong = {}
  expect(seen).toEqual({})
})

const bytes = (value: unknown) => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))

async function ask(app: TestApp, [name, input]: ToolCall): Promise<{ answer: Answer; text: string; called: string }> {
  const { tool } = app.core.registry.find(name)
  const asHuman = { actor: owner, face: 'rest' } as const
  const { answer, text } = await app.call(name, input, tool.audience.includes('agent') ? {} : asHuman)
  const called = `${name} ${JSON.stringify(input)}`
  asked++
  const size = Math.max(bytes(text), bytes(answer))
  if (size > largest.bytes) largest = { bytes: size, called }
  const say = (words: string) => {
    wrong[called] = `${wrong[called] ?? ''}${words}; `
  }
  if (size > answerLimitBytes) say(`${size} bytes`)
  const envelope = answerSchema.safeParse(answer)
  if (!envelope.success) say(`no answer: ${envelope.error.issues[0]?.path.join('.')}`)
  if (answer.error?.code === 'internal') say(answer.error.message)
  if (answer.error && (!answer.error.next || !text.includes(answer.error.next.slice(0, 40))))
    say('an error without next')
  if (answer.empty && (answer.empty.likely.length === 0 || answer.empty.next.length === 0))
    say('empty without a reason')
  if (answer.data && name !== 'run_tool' && name !== 'get_result') {
    const output = tool.output.safeParse(answer.data)
    if (!output.success)
      say(`not its output: ${output.error.issues[0]?.path.join('.')} ${output.error.issues[0]?.message}`)
  }
  if (answer.data) counts(answer, text, say)
  return { answer, text, called }
}

/** As many items as `shown` says, fewer than there are only with a way to the rest, and nothing cut in silence. */
function counts(answer: Answer, text: string, say: (words: string) => void): void {
  const { list } = cards[answer.card as CardKind] as { list?: string }
  const { shown, total, result, cursor } = answer
  if (list !== undefined) {
    const items = (answer.data![list] as unknown[] | undefined)?.length ?? 0
    if (shown !== items) say(`shown ${shown}, and ${items} are there`)
    if ((total ?? 0) < items) say(`total ${total} of ${items}`)
    if (items === 0 && (total ?? 0) > 0) say('nothing of something')
    if (items < (total ?? 0) && !(result && cursor && text.includes(`shown ${shown} of ${total}`)))
      say(`shown ${shown} of ${total} without a way to the rest`)
  }
  if (/… cut: \d+ of \d+ characters/.test(text) && !result) say('cut without a result')
}

describe('answers of every reading tool', () => {
  it('keep the limit in both channels, their output and their counts, over the whole world', {
    timeout: 180_000,
  }, async () => {
    for (const call of readingCalls(found)) await ask(planted.app, call)
  })

  it('with as much as may be asked for', { timeout: 180_000 }, async () => {
    const tried = new Set<string>()
    for (const [name, input] of readingCalls(found)) {
      const { tool } = planted.app.core.registry.find(name)
      if (!('limit' in tool.input.shape) || tried.has(name)) continue
      tried.add(name)
      const most = [500, 200, 100].find((limit) => tool.input.safeParse({ ...input, limit }).success)
      if (most !== undefined) await ask(planted.app, [name, { ...input, limit: most }])
    }
  })

  it('every page of what was kept has its items, up to the last', { timeout: 60_000 }, async () => {
    const { answer } = await ask(planted.app, ['list_pods', { limit: 500 }])
    let cursor = answer.cursor
    let seen = answer.shown!
    for (let pages = 0; cursor !== undefined && pages < 200; pages++) {
      const page = await ask(planted.app, ['get_result', { result: answer.result!, cursor, limit: 500 }])
      seen += page.answer.shown!
      cursor = page.answer.cursor
    }
    expect(seen).toBe(answer.total)
  })

  it('with filters that match nothing: empty says why and what next', { timeout: 120_000 }, async () => {
    for (const { tool } of planted.app.core.registry.all()) {
      if (tool.risk !== 'read' || !('text' in tool.input.shape)) continue
      const [example = {}] = tool.examples
      const { answer, called } = await ask(planted.app, [
        tool.name,
        { ...(example as object), text: 'no-such-thing-anywhere' },
      ])
      if (answer.data && answer.shown !== undefined && answer.shown > 0) wrong[called] = 'found what is not there'
    }
  })

  it('where one cluster is away: it is named, and the others are told of', { timeout: 180_000 }, async () => {
    for (const server of ['kubernetes', 'prometheus', 'alertmanager', 'loki', 'tempo'] as const)
      planted.world.httpFaults.add({ server, cluster: 'hub', mode: 'refuse' })
    let partial = 0
    const tried = new Set<string>()
    for (const call of readingCalls(found)) {
      const [name, input] = call
      if ('cluster' in input || 'traceId' in input || name === 'get_result' || tried.has(name)) continue
      tried.add(name)
      const { answer, text, called } = await ask(planted.app, call)
      const hub = answer.clusters?.find(({ cluster }) => cluster === 'hub')
      if (!hub || hub.status === 'success') continue
      partial++
      if (!text.includes('hub')) wrong[called] = 'does not name the cluster'
      if (answer.error) wrong[called] = `an error for one cluster: ${answer.error.message}`
    }
    expect(partial).toBeGreaterThan(20)
    planted.world.httpFaults.clear()
  })

  it('where every upstream is away: an error with its code, a next step and the clusters', {
    timeout: 180_000,
  }, async () => {
    let errors = 0
    for (const call of readingCalls(found)) {
      const { tool } = dead.core.registry.find(call[0])
      if (tool.needs.length === 0) continue
      const input = 'cluster' in call[1] ? { ...call[1], cluster: 'gpu-east' } : { ...call[1] }
      if ('clusters' in input) input.clusters = ['gpu-east', 'gpu-west']
      const { answer, text, called } = await ask(dead, [call[0], input])
      if (!answer.error) continue
      errors++
      if (!/gpu-east|gpu-west/.test(text)) wrong[called] = `does not name a cluster: ${text.slice(0, 120)}`
    }
    expect(errors).toBeGreaterThan(30)
  })
})
