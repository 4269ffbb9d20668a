import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { databaseFailure, lazyDatabase } from './open.ts'
import { settings } from './schema/core.ts'
import { quiet } from './testing.ts'

// A process of its own for tests that kill it, or that need a second one. It does what the lines on its standard input
// say (`<verb> <json>`), and answers each with one line of JSON.
const folder = process.argv[2] ?? ''
const database = lazyDatabase({ folder, log: quiet, serverUrl: () => 'http://127.0.0.1:3000' })
const at = new Date(0)
const say = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`)

async function writeRows(options: { from: number; count: number; bytes: number }): Promise<number> {
  const { db } = await database.get()
  for (let number = options.from; number < options.from + options.count; number += 1) {
    const value = 'x'.repeat(options.bytes)
    // three rows, all or none
    await db.transaction(async (tx) => {
      for (const part of ['a', 'b', 'c']) {
        await tx.insert(settings).values({ key: `${number}:${part}`, value, updatedAt: at })
      }
    })
    say({ acknowledged: number })
  }
  return options.count
}

const verbs: Record<string, (argument: never) => Promise<object>> = {
  open: async () => {
    await database.get()
    return { opened: process.pid }
  },
  write: async (options: { from: number; count: number; bytes: number }) => ({ written: await writeRows(options) }),
  /** Takes what is left on the disk with a file of its own */
  fill: async ({ bytes }: { bytes: number }) => {
    await writeFile(join(folder, 'filler'), Buffer.alloc(bytes)).catch(() => undefined)
    return { filled: true }
  },
  free: async () => {
    await writeFile(join(folder, 'filler'), '')
    return { freed: true }
  },
  keys: async () => {
    const { db } = await database.get()
    return { keys: (await db.select({ key: settings.key }).from(settings)).map(({ key }) => key) }
  },
  /** Ends without closing anything, as a program does that has nothing more to do */
  leave: async () => {
    process.stdin.destroy()
    return { left: true }
  },
  close: async () => {
    await database.close()
    process.stdin.destroy()
    return { closed: true }
  },
}

async function obey(line: string): Promise<void> {
  const [verb = '', argument = '{}'] = line.split(/ (.*)/s)
  try {
    say((await verbs[verb]?.(JSON.parse(argument) as never)) ?? { unknown: verb })
  } catch (error) {
    const failure = databaseFailure(error)
    say({ error: failure ?? {}, name: failure?.name, message: failure?.message ?? String(error) })
  }
}

let last = Promise.resolve()
createInterface({ input: process.stdin }).on('line', (line) => {
  last = last.then(() => obey(line))
})
