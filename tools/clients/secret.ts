import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { ToolError } from '#contract'

/** A secret in the configuration: the text itself, the name of an environment variable, or a file (read again every minute). */
export const secret = z
  .union([
    z.string().min(1),
    z.strictObject({ env: z.string().min(1).describe('Name of the environment variable that holds it') }),
    z.strictObject({ file: z.string().min(1).describe('Path of the file that holds it') }),
  ])
  .describe('The text itself, { "env": "NAME" } or { "file": "/path" }')
export type SecretConfig = z.output<typeof secret>

/** What reading configuration needs of the process. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970 */
  now: () => number
  /** Told the text of each secret that is read, so that it can be masked wherever it might turn up */
  onSecret?: (text: string) => void
}

export interface Secret {
  /** `fresh` reads the file again at once. Throws not-configured where it cannot be read. */
  read(fresh?: boolean): Promise<string>
  /** Whether reading it again can give something else */
  readonly canChange: boolean
}

const fileAgeMs = 60_000

/** Read a secret when it is needed, never at start. `where` is its place in the configuration, for errors. */
export function createSecret(config: SecretConfig, where: string, surroundings: Surroundings): Secret {
  const { canChange, read } = sourceOf(config, where, surroundings)
  let told: string | undefined
  return {
    canChange,
    async read(fresh) {
      const text = await read(fresh)
      if (text !== told) surroundings.onSecret?.(text)
      told = text
      return text
    },
  }
}

function sourceOf(config: SecretConfig, where: string, { env, now }: Surroundings): Secret {
  if (typeof config === 'string') return { read: async () => config, canChange: false }
  if ('env' in config) {
    return {
      canChange: false,
      async read() {
        const value = env[config.env]?.trim()
        if (value) return value
        throw new ToolError(
          'not-configured',
          `${where} names the environment variable ${config.env}, which is not set.`,
          {
            next: `Set ${config.env} and start again, or change ${where}.`,
          },
        )
      },
    }
  }
  let known: { value: string; atMs: number } | undefined
  return {
    canChange: true,
    async read(fresh = false) {
      if (known && !fresh && now() - known.atMs < fileAgeMs) return known.value
      const value = await readFile(config.file, 'utf8').then(
        (text) => text.trim(),
        (error: NodeJS.ErrnoException) => unreadable(where, config.file, error),
      )
      if (value === '') unreadable(where, config.file, { code: 'empty' })
      known = { value, atMs: now() }
      return value
    },
  }
}

/** not-configured: a file that the configuration names cannot be used. */
export function unreadable(where: string, file: string, error: { code?: string }): never {
  throw new ToolError(
    'not-configured',
    `${where} names the file ${file}, which cannot be read (${error.code ?? 'error'}).`,
    {
      next: `Make ${file} readable for this process, or change ${where}.`,
      cause: error,
    },
  )
}
