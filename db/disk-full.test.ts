import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestProcess, type TestProcess } from './testing-child.ts'

/** A small disk of its own in a namespace of its own: nothing of it is seen or left outside. */
const namespace = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c']
const onSmallDisk = (folder: string, mebibytes: number) => [
  ...namespace,
  `mount -t tmpfs -o size=${mebibytes}m tmpfs '${folder}' && exec "$0" "$@"`,
]
const probe = spawnSync('unshare', [...namespace.slice(1), `mount -t tmpfs tmpfs '${tmpdir()}'`])
const possible = probe.status === 0

describe.skipIf(!possible)('a full disk', () => {
  let folder: string
  let child: TestProcess
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qm-full-'))
  })
  afterAll(async () => {
    await child?.kill()
    await rm(folder, { recursive: true, force: true })
  })

  it('is noticed before a database is made, with the room it needs', async () => {
    child = startTestProcess(folder, onSmallDisk(folder, 120))
    await child.ask('fill', { bytes: 100 * 1024 * 1024 })
    expect(await child.ask('open')).toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(/needs 64 MiB, .* has \d+ MiB left/),
      error: { reason: 'disk-full' },
    })
  })

  it('in mid work gives a clear error, keeps every acknowledged row, and goes on once there is room', async () => {
    await child.ask('free')
    expect(await child.ask('open')).toHaveProperty('opened')
    await child.ask('write', { from: 0, count: 20, bytes: 1000 })
    await child.ask('fill', { bytes: 120 * 1024 * 1024 })
    const failure = await child.ask('write', { from: 20, count: 100_000, bytes: 4000 })
    expect(failure).toMatchObject({ name: 'DatabaseUnavailable', error: { reason: 'disk-full' } })
    expect((failure.error as { next: string }).next).toMatch(/Free space/)
    await child.ask('free')
    expect(await child.ask('write', { from: 200_000, count: 5, bytes: 1000 })).toEqual({ written: 5 })
    const { keys } = (await child.ask('keys')) as { keys: string[] }
    const present = new Set(keys)
    const acknowledged = child.acknowledged()
    expect(acknowledged.length).toBeGreaterThan(25)
    const complete = (number: number) => ['a', 'b', 'c'].every((part) => present.has(`${number}:${part}`))
    expect(acknowledged.filter((number) => !complete(number))).toEqual([])
    expect(keys).toHaveLength(acknowledged.length * 3)
  })
})
