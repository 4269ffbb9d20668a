import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@modelcontextprotocol/client'
import type { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js'
import {
  PromptListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeUpstream } from '#tools/fleet/registry-testing.ts'
import { owner, startApp, type TestApp } from '../testing/app.ts'
import { type Connected, connect } from '../testing/mcp-clients.ts'

const persona = {
  id: 'night-shift',
  name: 'Night shift',
  description: 'Nights',
  systemPrompt: 'You help at night.',
  capabilities: ['list_personas'],
  reach: ['personas/*'],
}

describe('over HTTP, CHT-042: whoever listens hears that a list is another one', () => {
  let app: TestApp
  let api: Awaited<ReturnType<typeof fakeUpstream>>
  let connected: Connected
  const heard: string[] = []
  beforeAll(async () => {
    api = await fakeUpstream()
    app = await startApp({})
    connected = await connect({ era: 'current', to: new URL(`${app.url}/mcp`) })
    const client = connected.client as Client
    client.setNotificationHandler('notifications/tools/list_changed', () => void heard.push('tools'))
    client.setNotificationHandler('notifications/prompts/list_changed', () => void heard.push('prompts'))
    await client.listen({ toolsListChanged: true, promptsListChanged: true })
  })
  afterAll(async () => {
    await connected?.close()
    await app?.close()
    await api?.close()
  })
  const person = (tool: string, input: object) => app.call(tool, input, { actor: owner, face: 'rest' })
  async function approved(tool: string, input: object) {
    const { id, plan } = (await person(tool, input)).answer.approval!
    const typedName = plan.typedName && { typedName: plan.typedName }
    const { answer } = await person('decide_approval', { id, approve: true, ...typedName })
    expect(answer.error).toBeUndefined()
  }
  const promptNames = async () => (await connected.client.listPrompts()).prompts.map(({ name }) => name)

  it('a persona that is saved and deleted: prompts and tools', async () => {
    expect(connected.client.getServerCapabilities()).toMatchObject({
      tools: { listChanged: true },
      prompts: { listChanged: true },
    })
    await person('save_persona', persona)
    await expect.poll(() => heard.toSorted(), { timeout: 5_000 }).toEqual(['prompts', 'tools'])
    expect(await promptNames()).toContain('persona/night-shift')
    heard.length = 0
    const { answer } = await person('delete_persona', { id: 'night-shift' })
    if (answer.approval?.state === 'pending') await person('decide_approval', { id: answer.approval.id, approve: true })
    await expect.poll(() => heard.toSorted(), { timeout: 5_000 }).toEqual(['prompts', 'tools'])
    expect(await promptNames()).not.toContain('persona/night-shift')
  })

  it('the first cluster brings tools, and nothing of the prompts is said; what changes no list says nothing', async () => {
    heard.length = 0
    const has = async (name: string) => (await connected.tools()).some((tool) => tool.name === name)
    expect(await has('list_nodes')).toBe(false)
    await approved('register_cluster', { name: 'late', apiServerUrl: api.url })
    await expect.poll(() => heard, { timeout: 5_000 }).toEqual(['tools'])
    const { tools } = await (connected.client as Client).listTools(undefined, { cacheMode: 'refresh' })
    expect(tools.map(({ name }) => name)).toContain('list_nodes')
    await approved('update_cluster', { cluster: 'late', region: 'eu' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(heard).toEqual(['tools'])
  })

  it('an older client is served request by request, and is not promised what it could not be told', async () => {
    const older = await connect({ era: 'older', to: new URL(`${app.url}/mcp`) })
    expect(older.client.getServerCapabilities()?.tools).toEqual({})
    await older.close()
  })
})

describe.each(['current', 'older'] as const)('over stdio, a client of the %s protocol', (era) => {
  it('hears of a persona that it saved itself', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quartermaster-lists-'))
    const main = new URL('../main.ts', import.meta.url).pathname
    const env = { QM_DATA_DIR: folder, QM_APPROVALS: 'client', QM_APPROVAL_CANCEL_SECONDS: '0' }
    const connected = await connect({ era, to: { args: [main, '--stdio'], env } })
    const heard: string[] = []
    try {
      if (era === 'current') {
        const client = connected.client as Client
        client.setNotificationHandler('notifications/tools/list_changed', () => void heard.push('tools'))
        client.setNotificationHandler('notifications/prompts/list_changed', () => void heard.push('prompts'))
        await client.listen({ toolsListChanged: true, promptsListChanged: true })
      } else {
        const client = connected.client as OlderClient
        client.setNotificationHandler(ToolListChangedNotificationSchema, () => void heard.push('tools'))
        client.setNotificationHandler(PromptListChangedNotificationSchema, () => void heard.push('prompts'))
      }
      const run = (more: object) => connected.call('run_tool', { name: 'save_persona', input: { ...persona, ...more } })
      const planned = await run({})
      const [, planFingerprint] = /planFingerprint "([^"]+)"/.exec(planned.text) ?? []
      expect(planned.text).toContain('planFingerprint')
      expect((await run({ planFingerprint })).isError).toBe(false)
      await expect.poll(() => heard.toSorted(), { timeout: 5_000 }).toEqual(['prompts', 'tools'])
    } finally {
      await connected.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    }
  }, 60_000)
})
