import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withLock } from './build-lock.ts'

describe('one build at a time', () => {
  let folder: string
  let file: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'qm-lock-'))
    file = join(folder, 'cache', 'building.lock')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('lets the second one wait until the first is done, and says so once', async () => {
    const events: string[] = []
    let finish = () => {}
    const first = withLock(file, expect.unreachable, async () => {
      events.push('first begins')
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      events.push('first ends')
    })
    const second = withLock(
      file,
      () => {
        events.push('second waits')
        finish()
      },
      async () => events.push('second begins'),
    )
    await Promise.all([first, second])
    expect(events).toEqual(['first begins', 'second waits', 'first ends', 'second begins'])
    expect(existsSync(file)).toBe(false)
  })

  it('is free again after a failure', async () => {
    await expect(withLock(file, expect.unreachable, () => Promise.reject(new Error('no compiler')))).rejects.toThrow(
      'no compiler',
    )
    expect(await withLock(file, expect.unreachable, async () => 'built')).toBe('built')
  })

  it('takes over from a process that is dead', async () => {
    await withLock(file, expect.unreachable, async () => undefined)
    const { pid } = spawnSync('true')
    writeFileSync(file, String(pid))
    expect(
      await withLock(
        file,
        () => undefined,
        async () => 'built',
      ),
    ).toBe('built')
  })
})
