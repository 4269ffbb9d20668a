import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from './command.ts'

export type EngineCommand = {
  /** Names the log file and the errors; the program's own name when absent. */
  name?: string
  program: string
  args: string[]
  /** Folder for the log file; also the working directory. */
  dir: string
  env?: Record<string, string>
  /** Run as this user and group, for programs that refuse to be root. */
  uid?: number
  gid?: number
  /** Signal that asks for an orderly end, and the one that forces it. */
  gentle?: NodeJS.Signals
  hard?: NodeJS.Signals
}

export type EngineProcess = {
  pid: number
  logFile: string
  /** Calls `ready` until it returns true. Fails with the end of the log when the process ends first or time runs out. */
  waitUntil(ready: () => Promise<boolean>, timeoutMs?: number): Promise<void>
  stop(): Promise<void>
}

type Living = { child: ChildProcess; hard: NodeJS.Signals }

const living = new Set<Living>()
const folders = new Set<string>()
let guarded = false

/** Starts a program in its own process group. It ends with `stop()`, with this process, or when this process is killed. */
export function startProcess(command: EngineCommand): EngineProcess {
  guardExit()
  const name = command.name ?? basename(command.program)
  const logFile = join(command.dir, `${name}.log`)
  const log = openSync(logFile, 'w')
  const hard = command.hard ?? 'SIGKILL'
  const [program, args] = dieWithParent(command, hard)
  const child = spawn(program, args, {
    cwd: command.dir,
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: command.dir, ...command.env },
    stdio: ['ignore', log, log],
    detached: true,
    uid: command.uid,
    gid: command.gid,
  })
  closeSync(log)
  const entry: Living = { child, hard }
  living.add(entry)
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  }).then(() => {
    living.delete(entry)
  })

  async function waitUntil(ready: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      if (failure || child.exitCode !== null || child.signalCode !== null) {
        const how = failure?.message ?? `ended with ${child.exitCode ?? child.signalCode}`
        throw new Error(`${name} ${how} before it was ready:\n${tail(logFile)}`)
      }
      if (await ready().catch(() => false)) return
      if (performance.now() > deadline) {
        throw new Error(`${name} was not ready after ${timeoutMs} ms:\n${tail(logFile)}`)
      }
      await sleep(100)
    }
  }

  async function stop(): Promise<void> {
    if (!living.has(entry)) return
    signalGroup(child, command.gentle ?? 'SIGTERM')
    const patience = new AbortController()
    await Promise.race([ended, sleep(10_000, undefined, { signal: patience.signal }).catch(() => undefined)])
    patience.abort()
    if (living.has(entry)) signalGroup(child, hard)
    await ended
  }

  return { pid: child.pid ?? -1, logFile, waitUntil, stop }
}

/** Removes the folder when this process ends, however it ends; `forgetFolder` removes it now. */
export function removeAtExit(folder: string): void {
  guardExit()
  folders.add(folder)
}

export function forgetFolder(folder: string): void {
  folders.delete(folder)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** True when the address answers with a 2xx status within two seconds. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await response.arrayBuffer()
  return response.ok
}

// The kernel sends the signal when the parent dies, so even kill -9 of a test run leaves nothing behind.
function dieWithParent(command: EngineCommand, hard: NodeJS.Signals): [string, string[]] {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined
  if (setpriv === undefined) return [command.program, command.args]
  return [setpriv, ['--pdeathsig', hard.slice(3), '--', command.program, ...command.args]]
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-2_000) : '(no log)'
}

function guardExit(): void {
  if (guarded) return
  guarded = true
  process.once('exit', endEverything)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      endEverything()
      process.kill(process.pid, signal)
    })
  }
}

// Runs in the exit handler, where nothing asynchronous is served any more.
function endEverything(): void {
  const ending = [...living]
  living.clear()
  for (const { child, hard } of ending) signalGroup(child, hard)
  for (const { child } of ending) awaitDeath(child.pid)
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  folders.clear()
}

function awaitDeath(pid: number | undefined): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let round = 0; round < 60; round++) {
    const stat = `/proc/${pid}/stat`
    // A dead child stays as a zombie until its parent's event loop collects it.
    if (!existsSync(stat) || readFileSync(stat, 'utf8').includes(') Z ')) return
    Atomics.wait(pause, 0, 0, 50)
  }
}
