import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installationSecret } from './secret.ts'

describe('the secret of an installation', () => {
  let root: string
  let folder: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'qm-secret-'))
    folder = join(root, 'data')
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  it('is made once, by whoever comes first, and readable by its owner alone', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => installationSecret({ folder })))
    expect(new Set(all).size).toBe(1)
    expect(all[0]).toMatch(/^[\w-]{43}$/)
    expect(await installationSecret({ folder })).toBe(all[0])
    expect((await stat(join(folder, 'secret'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['secret'])
  })

  it('differs between installations', async () => {
    const other = join(folder, 'other')
    expect(await installationSecret({ folder: other })).not.toBe(await installationSecret({ folder }))
  })

  it('is what the operator gives, unless that is too short to be one', async () => {
    const given = 'x'.repeat(32)
    expect(await installationSecret({ given, folder })).toBe(given)
    await expect(installationSecret({ given: 'short', folder })).rejects.toThrow(/at least 32/)
  })
})
