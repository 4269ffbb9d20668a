import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Link } from './chain.ts'

export interface Spool {
  write(links: Link[]): Promise<void>
  /** Bytes of this process that wait here */
  bytes(): number
  /** Gives `use` everything that lies here from this process and from those that ended, and removes it afterwards */
  take<T>(use: (links: Link[]) => Promise<T>): Promise<T>
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A crash may have torn the last line; nobody was told that it is safe. */
function parseLine(line: string): Link[] {
  try {
    const link = JSON.parse(line) as Link
    return typeof link.entryId === 'string' ? [{ ...link, at: new Date(link.at) }] : []
  } catch {
    return []
  }
}

/**
 * Audit entries as JSON lines, mode 0600, until a database takes them. Each process has its own file
 * (`<path>.<pid>`), so that none removes what another one is writing.
 */
export function createSpool(path: string): Spool {
  const folder = dirname(path)
  const own = `${path}.${process.pid}`
  let ownBytes = 0
  let tail: Promise<unknown> = Promise.resolve()

  /** A line written between reading and removing would be lost. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = tail.then(task, task)
    tail = turn.catch(() => undefined)
    return turn
  }

  async function mine(): Promise<string[]> {
    const prefix = `${basename(path)}.`
    const names = await readdir(folder).catch(() => [] as string[])
    return names.filter((name) => {
      const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : Number.NaN
      return Number.isInteger(pid) && (pid === process.pid || !alive(pid))
    })
  }

  return {
    write: (links) =>
      inTurn(async () => {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        const lines = links.map((link) => `${JSON.stringify(link)}\n`).join('')
        await appendFile(own, lines, { mode: 0o600 })
        ownBytes += Buffer.byteLength(lines)
      }),
    take: (use) =>
      inTurn(async () => {
        const files = (await mine()).map((name) => join(folder, name))
        const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')))
        const value = await use(contents.flatMap((content) => content.split('\n')).flatMap(parseLine))
        for (const file of files) await rm(file, { force: true })
        ownBytes = 0
        return value
      }),
    bytes: () => ownBytes,
  }
}
