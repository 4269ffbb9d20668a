import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from './failure-suite.ts'
import { createVault, readKeyRing } from './vault.ts'

const keyed = (...keys: Uint8Array[]) => createVault(async () => keys.map((key) => Buffer.from(key)))
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const text = fc.string({ unit: 'binary', maxLength: 200 })

describe('a sealed text (FLT-033)', () => {
  it('opens with its own key and purpose, and to the same text', async () => {
    await fc.assert(
      fc.asyncProperty(key, text, text, async (one, secret, purpose) => {
        const vault = keyed(one)
        expect(await vault.open(await vault.seal(secret, purpose), purpose)).toBe(secret.toWellFormed())
      }),
    )
  })

  it('opens with no other key and for no other purpose, and not when a bit of it was altered', async () => {
    await fc.assert(
      fc.asyncProperty(key, key, text, text, text, fc.nat(), async (one, other, secret, purpose, wrong, bit) => {
        fc.pre(!Buffer.from(one).equals(Buffer.from(other)))
        fc.pre(!Buffer.from(purpose).equals(Buffer.from(wrong)))
        const sealed = await keyed(one).seal(secret, purpose)
        const refused = async (work: Promise<string>) => expect((await failureOf(work)).code).toBe('not-configured')
        await refused(keyed(other).open(sealed, purpose))
        await refused(keyed(other).open({ ...sealed, keyId: await keyed(other).keyId() }, purpose))
        await refused(keyed(one).open(sealed, wrong))
        const bytes = Buffer.from(sealed.sealed, 'base64')
        const at = bit % (bytes.length * 8)
        bytes[at >> 3]! ^= 1 << (at & 7)
        await refused(keyed(one).open({ ...sealed, sealed: bytes.toString('base64') }, purpose))
      }),
    )
  })

  it('is another one each time, and tells neither its text nor its key', async () => {
    await fc.assert(
      fc.asyncProperty(key, fc.string({ minLength: 6 }), async (one, secret) => {
        const vault = keyed(one)
        const [first, second] = [await vault.seal(secret, 'a'), await vault.seal(secret, 'a')]
        expect(first.sealed).not.toBe(second.sealed)
        expect(Buffer.from(first.sealed, 'base64').includes(secret)).toBe(false)
        expect(JSON.stringify(first)).not.toContain(Buffer.from(one).toString('base64'))
      }),
    )
  })

  it('the first key seals and every one opens, so that keys can be changed', async () => {
    await fc.assert(
      fc.asyncProperty(key, key, text, async (old, fresh, secret) => {
        fc.pre(!Buffer.from(old).equals(Buffer.from(fresh)))
        const before = await keyed(old).seal(secret, 'a')
        const both = keyed(fresh, old)
        expect(await both.open(before, 'a')).toBe(secret.toWellFormed())
        const after = await both.seal(secret, 'a')
        expect(after.keyId).toBe(await keyed(fresh).keyId())
        expect(await keyed(fresh).open(after, 'a')).toBe(secret.toWellFormed())
      }),
    )
  })
})

describe('the keys', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quartermaster-vault-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const base64 = (byte: number) => Buffer.alloc(32, byte).toString('base64')

  it('are taken from the variable or the file, in their order', async () => {
    const file = join(folder, 'keys')
    await writeFile(file, `${base64(3)}\n${base64(4)}\n`)
    const given = await readKeyRing({ given: `${base64(1)}, ${base64(2)}`, folder, shared: true })
    expect(given.map((key) => key[0])).toEqual([1, 2])
    expect((await readKeyRing({ file, folder, shared: true })).map((key) => key[0])).toEqual([3, 4])
  })

  it('without any: one is made once, for its owner only; but never beside a shared database', async () => {
    const own = join(folder, 'own')
    const [first, second] = await Promise.all([
      readKeyRing({ folder: own, shared: false }),
      readKeyRing({ folder: own, shared: false }),
    ])
    expect(first[0]!.equals(second[0]!)).toBe(true)
    expect((await stat(join(own, 'credentials-key'))).mode & 0o777).toBe(0o600)
    const error = await failureOf(readKeyRing({ folder: own, shared: true }))
    expect([error.code, error.options.next.includes('QM_CREDENTIALS_KEY')]).toEqual(['not-configured', true])
  })

  it.each(['short', base64(1).slice(4), ''])('%j is refused in words without it', async (given) => {
    const error = await failureOf(readKeyRing({ given, folder, shared: true }))
    expect(error.code).toBe('not-configured')
    if (given) expect(JSON.stringify([error.message, error.options])).not.toContain(given)
  })
})
