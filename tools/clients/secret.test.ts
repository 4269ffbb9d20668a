import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from './failure-suite.ts'
import { createSecret } from './secret.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'qm-secret-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('secrets', () => {
  it('a text, a variable, a file', async () => {
    const file = path.join(folder, 'one')
    await writeFile(file, ' from-file \n')
    const surroundings = { env: { NAME: 'from-env' }, now: () => 0 }
    const read = (config: Parameters<typeof createSecret>[0]) => createSecret(config, 'x', surroundings).read()
    expect(await Promise.all([read('text'), read({ env: 'NAME' }), read({ file })])).toEqual([
      'text',
      'from-env',
      'from-file',
    ])
  })

  it('a file is read again after a minute, or at once when the old text is refused; every new text is told', async () => {
    const file = path.join(folder, 'two')
    const told: string[] = []
    let nowMs = 0
    const secret = createSecret({ file }, 'x', { env: {}, now: () => nowMs, onSecret: (text) => told.push(text) })
    await writeFile(file, 'a')
    expect(await secret.read()).toBe('a')
    await writeFile(file, 'b')
    nowMs = 59_000
    expect(await secret.read()).toBe('a')
    nowMs = 60_000
    expect(await secret.read()).toBe('b')
    await writeFile(file, 'c')
    expect(await secret.read(true)).toBe('c')
    expect(told).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['no such file', { file: '/no/such/file' }, 'ENOENT'],
    ['no such variable', { env: 'NOT_SET' }, 'NOT_SET'],
  ])('%s: not-configured, with its place', async (_name, config, word) => {
    const error = await failureOf(
      createSecret(config, 'clusters[a].loki.bearerToken', { env: {}, now: () => 0 }).read(),
    )
    expect(error.code).toBe('not-configured')
    expect(error.message).toContain(word)
    expect(error.message).toContain('clusters[a].loki.bearerToken')
  })

  it('an empty file is no secret', async () => {
    const file = path.join(folder, 'empty')
    await writeFile(file, '\n')
    expect((await failureOf(createSecret({ file }, 'x', { env: {}, now: () => 0 }).read())).code).toBe('not-configured')
  })
})
