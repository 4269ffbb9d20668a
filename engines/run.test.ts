import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProgram } from './command.ts'
import { runEngine } from './run.ts'

type Held = { pid: number; dir: string }

const sleepFor = (seconds: string) => ({ program: '/bin/sleep', args: [seconds] })

function isAlive(pid: number): boolean {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !readFileSync(stat, 'utf8').includes(') Z ')
}

async function hold(...args: string[]): Promise<{ holder: ChildProcess; held: Held }> {
  const script = join(import.meta.dirname, 'testing', 'holds-an-engine.ts')
  const holder = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(holder.stdout!, 'data')) as [Buffer]
  return { holder, held: JSON.parse(line.toString('utf8')) as Held }
}

describe('a run of an engine', () => {
  it('stops its process and removes its folder', async () => {
    const { run, pid } = await runEngine('test', {}, async (run) => ({ run, pid: run.start(sleepFor('600')).pid }))
    expect(isAlive(pid)).toBe(true)
    await run.stop()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(run.dir)).toBe(false)
  })

  it('stops what had started when a later step fails', async () => {
    let pid = 0
    const failing = runEngine('test', {}, async (run) => {
      pid = run.start(sleepFor('600')).pid
      throw new Error('the second step failed')
    })
    await expect(failing).rejects.toThrow('the second step failed')
    expect(isAlive(pid)).toBe(false)
  })

  it('stops when its signal is aborted and starts nothing more', async () => {
    const controller = new AbortController()
    let pid = 0
    const aborted = runEngine('test', { signal: controller.signal }, async (run) => {
      pid = run.start(sleepFor('600')).pid
      controller.abort()
      run.start(sleepFor('601'))
    })
    await expect(aborted).rejects.toThrow('test was stopped before it had started')
    expect(isAlive(pid)).toBe(false)
  })

  it('says what a process wrote when it ends before it is ready', async () => {
    const broken = { program: '/bin/sh', args: ['-c', 'echo no such thing >&2; exit 7'] }
    const failing = runEngine('test', {}, async (run) => run.start(broken).waitUntil(async () => false))
    await expect(failing).rejects.toThrow(/sh ended with 7 before it was ready:\nno such thing/)
  })

  it('names a program that is not there', async () => {
    const failing = runEngine('test', {}, async (run) =>
      run.start({ program: '/no/such/engine', args: [] }).waitUntil(async () => false),
    )
    await expect(failing).rejects.toThrow(/engine .*(ENOENT|ended with)/)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with its process on %s', async (signal) => {
    const { holder, held } = await hold()
    holder.kill(signal)
    expect(await once(holder, 'exit')).toEqual([null, signal])
    expect(isAlive(held.pid)).toBe(false)
    expect(existsSync(held.dir)).toBe(false)
  })

  it('ends with its process on exit', async () => {
    const { holder, held } = await hold('exit')
    expect(await once(holder, 'exit')).toEqual([3, null])
    expect(isAlive(held.pid)).toBe(false)
    expect(existsSync(held.dir)).toBe(false)
  })

  it.skipIf(findProgram('setpriv') === undefined)('ends even when its process is killed', async () => {
    const { holder, held } = await hold()
    // setpriv has asked the kernel for it once it has become the program
    await expect.poll(() => readFileSync(`/proc/${held.pid}/comm`, 'utf8').trim()).toBe('sleep')
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await expect.poll(() => isAlive(held.pid), { timeout: 10_000 }).toBe(false)
    // Nobody is left to remove the folder.
    rmSync(held.dir, { recursive: true })
  })
})
