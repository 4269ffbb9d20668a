import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The secret of this installation (32 bytes, base64url) for signatures and keyed hashes: `given` (QM_SECRET) where set,
 * else a file of mode 0600 in `folder`, made on the first call. Several replicas need the same `given`.
 */
export async function installationSecret(options: { given?: string; folder: string }): Promise<string> {
  if (options.given !== undefined) {
    if (options.given.length < 32) throw new Error('QM_SECRET is too short: use at least 32 characters.')
    return options.given
  }
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const path = join(options.folder, 'secret')
  const draft = `${path}.${crypto.randomUUID()}`
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600 })
  try {
    // by link: two processes that start together agree on the first one
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  return (await readFile(path, 'utf8')).trim()
}
