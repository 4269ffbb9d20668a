import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp, type TestApp } from './testing/app.ts'
import { deadFleet } from './testing/dead-fleet.ts'
import { type Connected, connect } from './testing/mcp-clients.ts'
import { type PlantedApp, startPlantedApp } from './testing/planted-app.ts'

const mention = { type: 'ref/resource' as const, uri: 'quartermaster://fleet/{kind}/{name}' }
let planted: PlantedApp
let client: Connected
beforeAll(async () => {
  planted = await startPlantedApp({ plain: true })
  client = await planted.mcp()
}, 120_000)
afterAll(async () => {
  await client?.close()
  await planted?.close()
})

const completed = async (kind: string, value: string) =>
  (await client.client.complete({ ref: mention, argument: { name: 'name', value }, context: { arguments: { kind } } }))
    .completion.values

describe('completions over the world', () => {
  it.each(['cluster', 'node', 'pod', 'deployment', 'ray-cluster', 'model', 'alert'])('of a %s', async (kind) => {
    const all = await completed(kind, '')
    expect(all.length).toBeGreaterThan(0)
    const [first] = all
    const name = first!.slice(first!.lastIndexOf('/') + 1)
    expect(await completed(kind, name.slice(0, 5))).toContain(first)
    expect(await completed(kind, 'no-such-thing-anywhere')).toEqual([])
  })

  it('of an argument of a runbook', async () => {
    const { completion } = await client.client.complete({
      ref: { type: 'ref/prompt', name: 'runbook/node-triage' },
      argument: { name: 'node', value: 'gpu' },
    })
    expect(completion.values.length).toBeGreaterThan(0)
    const free = await client.client.complete({
      ref: { type: 'ref/prompt', name: 'runbook/incident' },
      argument: { name: 'symptom', value: 'slow' },
    })
    expect(free.completion.values).toEqual([])
  })

  it('reads what was mentioned, as it stands now', async () => {
    const [node] = await completed('node', 'gpu-')
    const { contents } = await client.client.readResource({
      uri: `quartermaster://fleet/node/${encodeURIComponent(node!)}`,
    })
    expect((contents[0] as { text: string }).text).toContain(node!.split('/')[1])
    await expect(client.client.readResource({ uri: 'quartermaster://fleet/secret/x' })).rejects.toMatchObject({
      code: -32602,
    })
  })
})

describe('completions over a fleet that is away', () => {
  let dead: TestApp
  beforeAll(async () => {
    dead = await startApp({ upstreams: deadFleet() })
  })
  afterAll(() => dead?.close())

  it('give nothing and do not fail: the form stays usable', async () => {
    const one = await connect({ era: 'current', to: new URL(`${dead.url}/mcp`) })
    const { completion } = await one.client.complete({
      ref: mention,
      argument: { name: 'name', value: 'gpu' },
      context: { arguments: { kind: 'node' } },
    })
    expect(completion.values).toEqual([])
    await one.close()
  })
})
