import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ToolError } from '#contract'

/** A text that only the holder of the key can read, and only as what it was sealed for. */
export interface Sealed {
  /** Nonce (12 bytes), tag (16) and cipher text, base64 */
  sealed: string
  /** Which key sealed it */
  keyId: string
}

/** Where credentials are sealed (FLT-033). `purpose` is bound to the seal: what was sealed for one cluster opens for no other. */
export interface Vault {
  seal(text: string, purpose: string): Promise<Sealed>
  /** @throws not-configured where its key is gone, or the text or its purpose was altered */
  open(sealed: Sealed, purpose: string): Promise<string>
  /** The key that seals now */
  keyId(): Promise<string>
}

const nonceBytes = 12
const tagBytes = 16
const keyBytes = 32

/** Names a key without telling anything of it. */
const idOf = (key: Buffer): string =>
  createHash('sha256').update('quartermaster credentials key').update(key).digest('hex').slice(0, 16)

/** AES-256-GCM. The first key seals, all of them open. They are read when the first one is needed, and again after a failure. */
export function createVault(readKeys: () => Promise<readonly Buffer[]>): Vault {
  let reading: Promise<Map<string, Buffer>> | undefined
  const keys = () => {
    reading ??= readKeys().then((list) => new Map(list.map((key) => [idOf(key), key])))
    reading.catch(() => {
      reading = undefined
    })
    return reading
  }
  const first = async () => [...(await keys())][0]!
  return {
    keyId: async () => (await first())[0],
    async seal(text, purpose) {
      const [keyId, key] = await first()
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return { sealed: Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64'), keyId }
    },
    async open({ sealed, keyId }, purpose) {
      const key = (await keys()).get(keyId)
      if (!key)
        throw new ToolError('not-configured', `The key ${keyId} that sealed these credentials is not configured.`, {
          next: 'Add the old key after the new one in QM_CREDENTIALS_KEY, or give the credentials again.',
        })
      const bytes = Buffer.from(sealed, 'base64')
      try {
        const nonce = bytes.subarray(0, nonceBytes)
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
        decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
        return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
      } catch {
        throw new ToolError('not-configured', 'Stored credentials cannot be opened: they were altered.', {
          next: 'Give them again.',
        })
      }
    },
  }
}

export interface KeyPlaces {
  /** QM_CREDENTIALS_KEY: base64 of 32 bytes; several with commas, the first one seals */
  given?: string | undefined
  /** QM_CREDENTIALS_KEY_FILE: a file with the same */
  file?: string | undefined
  /** Where a key of this installation is made when none is given */
  folder: string
  /** Several processes share the database: each must be given the same key */
  shared: boolean
}

const make = 'openssl rand -base64 32'

function keysOf(text: string, where: string): Buffer[] {
  const keys = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((part) => Buffer.from(part, 'base64'))
  if (keys.length > 0 && keys.every((key) => key.length === keyBytes)) return keys
  throw new ToolError('not-configured', `${where} does not hold base64 of ${keyBytes} bytes.`, {
    next: `Set it to the output of ${make}; several keys are separated by commas, the first one seals.`,
  })
}

/** The keys that are configured, else one of this installation in a file of mode 0600. */
export async function readKeyRing({ given, file, folder, shared }: KeyPlaces): Promise<Buffer[]> {
  if (given !== undefined) return keysOf(given, 'QM_CREDENTIALS_KEY')
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch((cause) => {
      throw new ToolError('not-configured', `QM_CREDENTIALS_KEY_FILE cannot be read (${cause.code ?? 'error'}).`, {
        next: 'Make the file readable for this process.',
        cause,
      })
    })
    return keysOf(text, 'QM_CREDENTIALS_KEY_FILE')
  }
  if (shared)
    throw new ToolError(
      'not-configured',
      'Credentials in PostgreSQL need a key that every server has, and none is set.',
      {
        next: `Set QM_CREDENTIALS_KEY to the output of ${make}, the same on every server, and start again.`,
        changed: 'nothing',
      },
    )
  return keysOf(await ownKey(path.join(folder, 'credentials-key')), 'The key file of this installation')
}

async function ownKey(place: string): Promise<string> {
  const known = await readFile(place, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (known !== undefined) return known
  await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
  const draft = `${place}.${crypto.randomUUID()}`
  await writeFile(draft, randomBytes(keyBytes).toString('base64'), { mode: 0o600 })
  try {
    // by link: two processes that start together agree on the first one
    await link(draft, place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
  return readFile(place, 'utf8')
}
