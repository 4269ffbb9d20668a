import { link, mkdir, readFile, rename, rm, rmdir, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseLocked } from './errors.ts'

/** Who has the folder open. `started` tells a process from a later one with the same pid. */
export interface LockHolder {
  pid: number
  host: string
  started: string
  url?: string
}

export interface Lock {
  /** Tells others where this process can be reached */
  advertise(url: string): Promise<void>
  release(): Promise<void>
}

const heartbeatMs = 10_000
const silentMs = 60_000
const lockPath = (folder: string) => join(folder, 'lock.json')
const missing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'
const exists = (error: unknown) => (error as NodeJS.ErrnoException).code === 'EEXIST'

/** Boot and start tick of a process (Linux), so that a reused pid is not taken for the old process. */
async function startToken(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const line = await readFile(`/proc/${pid}/stat`, 'utf8')
    return `${boot.trim()}:${line.slice(line.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch {
    return ''
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The holder named in the lock file, alive or not; undefined without one. */
export async function readLock(folder: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(lockPath(folder), 'utf8')) as LockHolder
  } catch (error) {
    if (missing(error) || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Whether the holder is gone: on this machine by its process, on another one by a heartbeat that stopped. */
async function stale(folder: string, holder: LockHolder): Promise<boolean> {
  if (holder.host === hostname()) {
    if (!alive(holder.pid)) return true
    return holder.started !== '' && holder.started !== (await startToken(holder.pid))
  }
  const { mtimeMs } = await stat(lockPath(folder))
  const probe = join(folder, `.clock.${process.pid}`)
  await writeFile(probe, '')
  const now = (await stat(probe)).mtimeMs
  await unlink(probe)
  return now - mtimeMs > silentMs
}

/** Only one process at a time looks at a stale lock; a guard left by a crash is removed by its age. */
async function guarded<T>(folder: string, task: () => Promise<T>): Promise<T> {
  const guard = join(folder, 'lock.guard')
  for (let attempt = 0; ; attempt += 1) {
    try {
      await mkdir(guard)
      break
    } catch (error) {
      if (!exists(error)) throw error
      if (attempt >= 100) await rmdir(guard).catch(() => undefined)
      await sleep(50)
    }
  }
  try {
    return await task()
  } finally {
    await rmdir(guard).catch(() => undefined)
  }
}

/** Takes the folder for this process. Errors: DatabaseLocked with the holder and the next step. */
export async function takeLock(folder: string, url?: string): Promise<Lock> {
  const path = lockPath(folder)
  const own: LockHolder = { pid: process.pid, host: hostname(), started: await startToken(process.pid), url }
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`
  await writeFile(draft, JSON.stringify(own), { mode: 0o600 })
  try {
    await guarded(folder, async () => {
      const holder = await readLock(folder)
      if (holder && !(await stale(folder, holder))) {
        const host = holder.host === own.host ? undefined : holder.host
        throw new DatabaseLocked({ pid: holder.pid, folder, url: holder.url, host })
      }
      await rm(path, { force: true })
      await link(draft, path)
    })
  } finally {
    await rm(draft, { force: true })
  }
  const touch = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined)
  }, heartbeatMs)
  touch.unref()
  return {
    // by rename: a reader must never see half a lock
    advertise: async (address) => {
      await writeFile(draft, JSON.stringify({ ...own, url: address }), { mode: 0o600 })
      await rename(draft, path)
    },
    release: async () => {
      clearInterval(touch)
      const holder = await readLock(folder)
      if (holder?.pid === own.pid && holder.started === own.started) await rm(path, { force: true })
    },
  }
}
