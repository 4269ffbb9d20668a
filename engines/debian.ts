import { existsSync } from 'node:fs'
import { findProgram, runCommand } from './command.ts'
import { EngineUnavailable } from './errors.ts'

type DebianEngine = {
  packages: string[]
  /** True when the programs are there. */
  present: () => boolean
  /** Services that the packages may start by themselves. */
  services: string[]
}

/** Installs the packages when the programs are missing. Throws EngineUnavailable where that cannot be done. */
export async function ensureDebian(engine: DebianEngine): Promise<'present' | 'installed'> {
  if (engine.present()) return 'present'
  const line = `apt-get install --no-install-recommends ${engine.packages.join(' ')}`
  if (!existsSync('/etc/debian_version') || findProgram('apt-get') === undefined) {
    throw new EngineUnavailable(`this is not a Debian system; install ${engine.packages.join(', ')} by hand`)
  }
  if (process.getuid?.() !== 0) throw new EngineUnavailable(`not root; run as root: ${line}`)
  const before = await runningServices(engine.services)
  const failure = await install(engine.packages)
  await stopServices((await runningServices(engine.services)).filter((service) => !before.includes(service)))
  if (failure !== undefined) throw new EngineUnavailable(`'${line}' failed: ${failure}`)
  if (!engine.present())
    throw new EngineUnavailable(`'${line}' succeeded, but its programs are not where they should be`)
  return 'installed'
}

async function install(packages: string[]): Promise<string | undefined> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const args = ['install', '--yes', '--no-install-recommends', ...packages]
  // The lists of a fresh machine are empty or old; a first try without update costs nothing.
  if ((await runCommand('apt-get', args, { env })).code === 0) return undefined
  await runCommand('apt-get', ['update'], { env })
  const second = await runCommand('apt-get', args, { env })
  return second.code === 0 ? undefined : second.stderr.trim().split('\n').slice(-3).join(' ')
}

async function runningServices(services: string[]): Promise<string[]> {
  const states = await Promise.all(services.map((service) => runCommand('service', [service, 'status'])))
  return services.filter((_, index) => states[index]?.code === 0)
}

async function stopServices(services: string[]): Promise<void> {
  for (const service of services) await runCommand('service', [service, 'stop'])
}
