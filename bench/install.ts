import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Measure, rounded, timed } from './measure.ts'
import { plainEnvironment } from './processes.ts'

const run = promisify(execFile)

/** `npm start` until it prints its address; answers that. npm and what it starts are one group, which the bench ends. */
function npmStart(folder: string) {
  const child = spawn('npm', ['start', '--silent'], {
    cwd: folder,
    env: { ...plainEnvironment(), PORT: '0', QM_DATA_DIR: join(folder, '.data') },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let printed = ''
  const url = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const found = /Quartermaster is at (\S+)/.exec(printed)?.[1]
      if (found && printed.includes('metrics:')) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${printed}`)))
  })
  const stop = async () => {
    if (child.exitCode !== null || child.pid === undefined) return
    const ended = once(child, 'exit')
    process.kill(-child.pid, 'SIGTERM')
    await ended
  }
  return { url, stop }
}

export const install: Measure = {
  id: 'install',
  title: 'from a fresh clone to a usable page, warm npm cache',
  onlyWhenNamed: true,
  async run(bench) {
    const clone = join(bench.folder, 'clone')
    await run('git', ['clone', '--quiet', '--depth', '1', `file://${bench.root}`, clone])
    const installed = await timed(() =>
      run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: clone, env: plainEnvironment() }),
    )
    const started = await timed(async () => {
      const { url, stop } = npmStart(clone)
      bench.after(stop)
      const page = await fetch(await url)
      if (!page.ok || !(await page.text()).includes('<html')) throw new Error(`the page answers ${page.status}`)
    })
    return [
      { name: 'npm ci', value: rounded(installed.tookMs / 1_000, 1), unit: 's' },
      { name: 'npm start, first time, until the page answers', value: rounded(started.tookMs / 1_000, 1), unit: 's' },
    ]
  },
}
