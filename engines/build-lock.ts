import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `action` while no other process of this machine holds the lock file: two builds at once share a work folder and
 * need more memory than most machines have. `onWait` is called once when another one is in the way.
 */
export async function withLock<T>(file: string, onWait: () => void, action: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  for (let round = 0; !take(file); round++) {
    if (round === 0) onWait()
    await sleep(500)
  }
  try {
    return await action()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    // A killed build leaves its lock behind.
    if (!isAlive(holder(file))) rmSync(file, { force: true })
    return false
  }
}

/** Our own number, which is alive, while the holder is still writing its own or has just gone: look again soon. */
function holder(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) || process.pid
  } catch {
    return process.pid
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
