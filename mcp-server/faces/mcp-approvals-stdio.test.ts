import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Connected, type ConnectOptions, connect, user } from '../testing/mcp-clients.ts'

const eras = [
  ['2026-07-28', 'current'],
  ['2025-11-25', 'older'],
] as const
const shelfProgram = fileURLToPath(new URL('../testing/stdio-shelf.ts', import.meta.url))
const yes = { action: 'accept', content: { decision: 'approve' } } as const

let folder: string
const open: Connected[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartermaster-stdio-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function client(options: ConnectOptions): Promise<Connected> {
  const one = await connect(options)
  open.push(one)
  return one
}

// the first change makes the embedded database
describe('stdio', { timeout: 90_000 }, () => {
  const program = (env: Record<string, string> = {}) => ({
    args: [shelfProgram],
    env: { QM_DATA_DIR: folder, QM_LOG_LEVEL: 'debug', ...env },
  })

  it.each(eras)('a client of %s asks its user, and the change runs', async (_, era) => {
    const person = user({ action: 'decline' }, yes)
    const one = await client({ era, to: program(), elicit: person.elicit })
    expect((await one.call('place_thing', { id: 'lamp' })).text).toContain('denied')
    expect((await one.call('list_things')).text).not.toContain('lamp')
    expect((await one.call('place_thing', { id: 'lamp' })).text).toContain('succeeded')
    expect(person.shown).toHaveLength(2)
    expect((await one.call('list_things')).text).toContain('lamp')
  })

  describe('QM_APPROVALS=client', () => {
    const fingerprintIn = (text: string) => /planFingerprint "([^"]+)"/.exec(text)?.[1]

    it.each(eras)('a client of %s sends back the fingerprint of exactly this plan, once', async (_, era) => {
      const one = await client({ era, to: program({ QM_APPROVALS: 'client' }) })
      const planned = await one.call('place_thing', { id: 'lamp', count: 2 })
      const planFingerprint = fingerprintIn(planned.text)
      const other = fingerprintIn((await one.call('place_thing', { id: 'vase' })).text)
      expect(planned.text).toContain('Place 2 lamp')
      for (const wrong of [
        { id: 'lamp', count: 2, planFingerprint: 'forged.forged' },
        { id: 'lamp', count: 2, planFingerprint: `${planFingerprint}x` },
        { id: 'lamp', count: 2, planFingerprint: other },
        { id: 'lamp', count: 3, planFingerprint },
        { id: 'vase', planFingerprint },
      ])
        expect((await one.call('place_thing', wrong)).structured.error, JSON.stringify(wrong)).toMatchObject({
          code: 'permission-denied',
          changed: 'nothing',
        })
      expect((await one.call('list_things')).text).not.toContain('lamp')
      const done = await one.call('place_thing', { id: 'lamp', count: 2, planFingerprint })
      expect(done.text).toContain('succeeded')
      const again = await one.call('place_thing', { id: 'lamp', count: 2, planFingerprint })
      expect(again.structured.error).toMatchObject({ code: 'approval-used' })
      const tools = await one.call('search_tools', { query: 'audit log' })
      expect(tools.isError).toBe(false)
    })

    it('run_tool takes it back too, beside or inside the arguments; and it does not pass for a mere read', async () => {
      const one = await client({ era: 'current', to: program({ QM_APPROVALS: 'client' }) })
      const tool = (await one.tools()).find(({ name }) => name === 'run_tool')!
      expect(tool.annotations).toMatchObject({ readOnlyHint: false })
      expect(tool.inputSchema.properties).toHaveProperty('planFingerprint')
      for (const inside of [true, false]) {
        const call = { name: 'place_thing', input: { id: 'lamp' } }
        const planFingerprint = fingerprintIn((await one.call('run_tool', call)).text)
        const back = inside ? { ...call, input: { ...call.input, planFingerprint } } : { ...call, planFingerprint }
        expect((await one.call('run_tool', back)).text).toContain('succeeded')
      }
    })

    it('danger is never confirmed by a permission prompt', async () => {
      const one = await client({ era: 'current', to: program({ QM_APPROVALS: 'client' }) })
      const planned = await one.call('clear_shelf')
      expect(fingerprintIn(planned.text)).toBeUndefined()
      expect(planned.text).toContain('a person decides')
    })
  })
})
