import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { type Bench, Skipped } from './measure.ts'

const kibPerMib = 1024

const linuxOnly = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Skipped(`${path} cannot be read: memory is measured on Linux, while the process lives`, { cause })
  }
}

/** Resident memory of one process, MiB. */
export const residentMib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(linuxOnly(`/proc/${pid}/status`))?.[1] ?? 0) / kibPerMib

/** Processor time one process has used so far in all its threads, milliseconds. */
export function processorMs(pid: number): number {
  // After the name in brackets, which may hold anything: utime and stime are the 14th and 15th field, in 1/100 s
  const fields = linuxOnly(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** A process and all that it started, with their command lines. */
export function processTree(pid: number): { pid: number; command: string }[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]))
    } catch {
      // ended while we looked
    }
  }
  const tree = [pid]
  for (const member of tree) for (const [child, parent] of parents) if (parent === member) tree.push(child)
  return tree.map((member) => ({
    pid: member,
    command: linuxOnly(`/proc/${member}/cmdline`).replaceAll('\0', ' ').trim(),
  }))
}

/** Ends a process by its pid and waits until it is gone; the second time without asking. */
export async function stop(child: ChildProcess, patienceMs = 5_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await gone
  clearTimeout(impatient)
}

export interface Started {
  child: ChildProcess & { pid: number }
  /** Its standard error so far */
  errors(): string
}

/** Starts this Node with `args` in the repository; the bench stops it when the measure ends. */
export function startNode(bench: Bench, args: string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, args, {
    cwd: bench.root,
    env: { ...plainEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-8_000)
  })
  bench.after(() => stop(child))
  return { child: child as Started['child'], errors: () => errors }
}

/** What a process needs of ours, and nothing that would configure the product. */
export function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ']
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
