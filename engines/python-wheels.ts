import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { withLock } from './build-lock.ts'
import { findProgram, runCommand } from './command.ts'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import { cacheFolder } from './folder.ts'

/** An engine that comes as Python wheels: what pip is asked for, in this order, and what must import afterwards. */
export type Wheels = { name: string; version: string; installs: string[][]; imports: string }

const home = ({ name, version }: Wheels) => join(cacheFolder(), `${name}-${version}`)

/** A program of its virtual environment, or undefined where it was not brought yet. */
export function wheelsProgram(wheels: Wheels, program = 'python'): string | undefined {
  const path = join(home(wheels), 'bin', program)
  return existsSync(join(home(wheels), 'complete')) && existsSync(path) ? path : undefined
}

/** Wheels from the package index that pip is configured for, in a virtual environment of their own: nothing is compiled. */
export async function ensureWheels(wheels: Wheels, report: (line: string) => void): Promise<Ensured> {
  const { version } = wheels
  if (wheelsProgram(wheels)) return { how: 'cached', version }
  const python = findProgram('python3')
  if (python === undefined) throw new EngineUnavailable('there is no python3 (3.10 or newer) with pip and venv')
  const folder = home(wheels)
  mkdirSync(dirname(folder), { recursive: true })
  return withLock(
    `${folder}.lock`,
    () => report('another process brings it; waiting'),
    async () => {
      if (wheelsProgram(wheels)) return { how: 'cached', version }
      rmSync(folder, { recursive: true, force: true })
      const own = join(folder, 'bin', 'python')
      const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary=:all:']
      const steps: [string, string[]][] = [
        [python, ['-m', 'venv', folder]],
        ...wheels.installs.map((what): [string, string[]] => [own, [...pip, ...what]]),
        [own, ['-c', `import ${wheels.imports}`]],
      ]
      for (const [program, args] of steps) {
        report(`${args.slice(0, 3).join(' ')} ${args.at(-1)} …`.slice(0, 100))
        const { code, stderr } = await runCommand(program, args)
        if (code === 0) continue
        rmSync(folder, { recursive: true, force: true })
        const why = stderr.trim().split('\n').at(-1)?.slice(0, 200)
        throw new EngineUnavailable(`its wheels could not be installed: ${why}`)
      }
      writeFileSync(join(folder, 'complete.part'), '')
      renameSync(join(folder, 'complete.part'), join(folder, 'complete'))
      return { how: 'installed', version }
    },
  )
}
