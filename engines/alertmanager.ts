import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { findProgram, runCommand } from './command.ts'
import { ensureDebian } from './debian.ts'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import type { StartOptions } from './folder.ts'
import { goEngineProgram } from './go-engines.ts'
import { freePort } from './ports.ts'
import { answersOk } from './process.ts'
import { runEngine } from './run.ts'

export type AlertmanagerOptions = StartOptions & {
  /** Gets every notification; none is sent when absent. */
  webhookUrl?: string
  /** Debian's, or the newest that we build; Debian's when absent. */
  version?: 'debian' | 'newest'
}

export type Alertmanager = { url: string; stop(): Promise<void> }

const PROGRAM = 'prometheus-alertmanager'

export function alertmanagerProgram(): string | undefined {
  return findProgram(PROGRAM)
}

export async function ensureAlertmanager(): Promise<Ensured> {
  const present = () => alertmanagerProgram() !== undefined
  const how = await ensureDebian({ packages: [PROGRAM], present, services: [PROGRAM] })
  const answer = await runCommand(alertmanagerProgram() ?? PROGRAM, ['--version'])
  return { how, version: (answer.stdout + answer.stderr).match(/version ([\w.]+)/)?.[1] ?? 'unknown' }
}

/** Starts a lone Alertmanager on loopback that groups and waits as little as it can. */
export async function startAlertmanager(options: AlertmanagerOptions = {}): Promise<Alertmanager> {
  const newest = options.version === 'newest'
  const program = newest ? goEngineProgram('alertmanager-newest') : alertmanagerProgram()
  if (program === undefined) {
    const name = newest ? 'alertmanager-newest' : 'alertmanager'
    throw new EngineUnavailable(`Alertmanager is not there; run: node engines/main.ts --only ${name}`)
  }
  return runEngine('alertmanager', options, async (run) => {
    const file = join(run.dir, 'alertmanager.yml')
    writeFileSync(file, stringify(configuration(options.webhookUrl)))
    const url = `http://127.0.0.1:${await freePort()}`
    const storage = [`--config.file=${file}`, `--storage.path=${join(run.dir, 'data')}`]
    // An empty cluster address means: no gossip port.
    const network = [`--web.listen-address=${new URL(url).host}`, '--cluster.listen-address=', '--log.level=warn']
    const server = run.start({ program, args: [...storage, ...network] })
    await server.waitUntil(() => answersOk(`${url}/-/ready`))
    return { url, stop: run.stop }
  })
}

function configuration(webhookUrl: string | undefined) {
  const webhooks = webhookUrl === undefined ? [] : [{ url: webhookUrl, send_resolved: true }]
  return {
    route: { receiver: 'all', group_wait: '1s', group_interval: '1s', repeat_interval: '1h', group_by: ['alertname'] },
    receivers: [{ name: 'all', webhook_configs: webhooks }],
  }
}
