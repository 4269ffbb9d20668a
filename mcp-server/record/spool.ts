import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Link } from './chain.ts'

export interface Spool {
  write(links: Link[]): Promise<void>
  /** Bytes of this process that wait here */
  bytes(): number
  /** Gives `use` everything that lies here from this process and from those that ended, and removes it afterwards */
  take<T>(use: (links: Link[]) => Promise<T>): Promise<T>
  /** Lets go of the file; what lies in it stays for the next process */
  close(): Promise<void>
}

/** Links that were written are also kept in memory up to this number, so that taking them does not read them again. */
const rememberedAtMost = 10_000

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

const linksOf = async (file: string): Promise<Link[]> => (await readFile(file, 'utf8')).split('\n').flatMap(parseLine)

function inTurn() {
  let tail: Promise<unknown> = Promise.resolve()
  return <T>(task: () => Promise<T>): Promise<T> => {
    const turn = tail.then(task, task)
    tail = turn.catch(() => undefined)
    return turn
  }
}

/**
 * Audit entries as JSON lines, mode 0600, until a database takes them. Each process has its own file (`<path>.<pid>`), so that none
 * removes what another one is writing. What is being taken has a name of its own (`<path>.<pid>.<id>`): nobody waits with a new line for it.
 */
export function createSpool(path: string): Spool {
  const folder = dirname(path)
  const own = `${path}.${process.pid}`
  const writing = inTurn()
  const taking = inTurn()
  let file: FileHandle | undefined
  let ownBytes = 0
  let torn = false
  /** What the own file holds; undefined where only the file knows, as at the start: an earlier process may have had our pid */
  let remembered: Link[] | undefined

  async function mine(): Promise<string[]> {
    const prefix = `${basename(path)}.`
    const names = await readdir(folder).catch(() => [] as string[])
    return names
      .filter((name) => {
        const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split('.')[0]) : Number.NaN
        return basename(own) !== name && Number.isInteger(pid) && (pid === process.pid || !alive(pid))
      })
      .map((name) => join(folder, name))
  }

  /** Gives what was written so far a name of its own; the next line begins a new file. */
  async function setAside(): Promise<{ aside: string; links: Link[] | undefined; bytes: number }> {
    const held = { aside: `${own}.${crypto.randomUUID()}`, links: remembered, bytes: ownBytes }
    remembered = undefined
    await file?.close()
    file = undefined
    await rename(own, held.aside).catch((error) => {
      if (error.code !== 'ENOENT') throw error
    })
    remembered = []
    ownBytes = 0
    return held
  }

  return {
    write: (links) =>
      writing(async () => {
        if (!file) {
          await mkdir(folder, { recursive: true, mode: 0o700 })
          file = await open(own, 'a', 0o600)
          torn = (await file.stat()).size > 0
        }
        // a full disk or a crash may have cut the line before: what follows it must not become part of it
        const lines = (torn ? '\n' : '') + links.map((link) => `${JSON.stringify(link)}\n`).join('')
        torn = true
        await file.appendFile(lines)
        torn = false
        ownBytes += Buffer.byteLength(lines)
        remembered?.push(...links)
        if (remembered && remembered.length > rememberedAtMost) remembered = undefined
      }),
    take: (use) =>
      taking(async () => {
        const { aside, links, bytes } = await writing(setAside)
        try {
          const files = await mine()
          const read = await Promise.all(files.map((name) => (name === aside && links ? links : linksOf(name))))
          const value = await use(read.flat())
          for (const name of files) await rm(name, { force: true })
          return value
        } catch (error) {
          // they wait on under the other name
          ownBytes += bytes
          throw error
        }
      }),
    bytes: () => ownBytes,
    close: () =>
      writing(async () => {
        await file?.close()
        file = undefined
      }),
  }
}
