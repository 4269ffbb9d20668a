import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lazyDatabase } from '#db/open.ts'
import { quiet } from '#db/testing.ts'
import { createEvents } from '../events/outbox.ts'
import { createApprovalStore } from './approval-store.ts'

describe('a server that is killed between intent and outcome', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qm-crash-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('leaves an approval that the next one finds running, takes over once, and ends', async () => {
    const script = fileURLToPath(new URL('../testing/approval-process.ts', import.meta.url))
    const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [output] = (await once(child.stdout, 'data')) as [Buffer]
    const id = output.toString().trim()
    child.kill('SIGKILL')
    await once(child, 'exit')

    const startedAt = new Date()
    const database = lazyDatabase({ folder, log: quiet })
    const events = createEvents({ database, now: () => new Date() })
    const store = createApprovalStore({ database, events, now: () => new Date() })
    const cut = await store.interruptedSince(startedAt)
    expect(cut).toMatchObject([{ id, state: 'running', decidedBy: 'Ada', input: { model: 'Qwen3-8B' } }])
    await expect(store.claim(id, { by: 'Grace' })).rejects.toMatchObject({ code: 'approval-used' })
    expect(await store.takeOver(cut[0]!)).toMatchObject({ id, state: 'running' })
    expect(await store.takeOver(cut[0]!)).toBeUndefined()
    await store.finish(id, { state: 'interrupted', reason: 'the server stopped' })
    expect(await store.interruptedSince(startedAt)).toEqual([])
    const told = await events.after(0, { subjects: [`approvals/${id}`] }, 10)
    expect(told.map(({ name }) => name)).toEqual(['approval.asked', 'approval.started', 'approval.interrupted'])
    await database.close()
  })
})
