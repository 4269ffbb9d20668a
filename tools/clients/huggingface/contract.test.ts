import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHuggingFace } from '../../../mocks/huggingface/server.ts'
import { failureOf } from '../failure-suite.ts'
import { testClients } from '../testing.ts'
import type { HuggingFace } from './types.ts'

/** What we rely on of the hub's API. */
describe('Hugging Face contract: the mock', () => {
  let server: Awaited<ReturnType<typeof startHuggingFace>>
  let client: HuggingFace
  let known: HuggingFace
  const opened: { close(): void }[] = []
  const open = (token?: string) => {
    const clients = testClients({ huggingface: { url: server.url, ...(token && { token }) } })
    opened.push(clients)
    return clients.huggingface
  }
  beforeAll(async () => {
    server = await startHuggingFace({ accepted: ['hf_accepted'] })
    client = open()
    known = open('hf_accepted')
  })
  afterAll(async () => {
    for (const clients of opened) clients.close()
    await server.close()
  })

  it('tells gate, licence, task and the weights once, though the repository holds them twice', async () => {
    expect(await client.model('harbor-labs/Harbor-9B-Instruct')).toMatchObject({
      gated: false,
      license: 'apache-2.0',
      pipelineTag: 'text-generation',
      weightBytes: 4 * 4_870_000_000,
      parameters: 9_740_000_000,
    })
  })

  it('finds a repository by its old name', async () => {
    expect((await client.model('harbor-labs/Harbor-9B-Chat')).id).toBe('harbor-labs/Harbor-9B-Instruct')
    expect(await client.config('harbor-labs/Harbor-9B-Chat')).toMatchObject({ model_type: 'harbor' })
  })

  it('tells of a gated one what it is, and keeps its files for those who accepted', async () => {
    const id = 'northwind-ai/Northwind-160B-A14B'
    expect((await client.model(id)).gated).toBe('manual')
    expect((await failureOf(client.config(id))).options.details?.errorCode).toBe('GatedRepo')
    expect((await failureOf(open('hf_other').config(id))).options.details).toMatchObject({
      errorCode: 'GatedRepo',
      status: 403,
    })
    expect(await known.config(id)).toMatchObject({ model_type: 'northwind' })
  })

  it('has repositories without safetensors and without a config.json', async () => {
    expect((await client.model('quarry/Quarry-7B-v1')).weightBytes).toBeUndefined()
    const error = await failureOf(client.config('tidewater/Tidewater-Canvas'))
    expect([error.code, error.options.details?.errorCode]).toEqual(['not-found', 'EntryNotFound'])
  })

  it('says of one that is not there the same to everybody', async () => {
    for (const one of [client, known]) expect((await failureOf(one.model('nobody/nothing'))).code).toBe('not-found')
  })

  it('searches by words, most downloaded first, at most as many as asked for', async () => {
    expect((await client.search('harbor', { limit: 20 })).map(({ id }) => id)).toEqual([
      'harbor-labs/Harbor-9B-Instruct',
      'harbor-labs/Harbor-9B-Instruct-FP8',
    ])
    expect(await client.search('tidewater', { limit: 1 })).toHaveLength(1)
    expect(await client.search('no such thing', { limit: 5 })).toEqual([])
  })
})
