// Runs the tests against real engines: node engines/test-real.ts [--all] [arguments of vitest]. With --all it first brings
// the engines whose build takes long, too. What is not there is named with the reason, and its tests are skipped.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const all = process.argv.includes('--all')
const forVitest = process.argv.slice(2).filter((argument) => argument !== '--all')

const code =
  node('engines/main.ts', all ? ['--all'] : []) ||
  node('node_modules/vitest/vitest.mjs', ['run', '--project', 'real', ...forVitest])
process.exitCode = code

function node(script: string, args: string[]): number {
  return spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' }).status ?? 1
}
