import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright'
import { type Bench, Skipped } from './measure.ts'

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Chromium of this machine, without a window. */
export async function startBrowser(bench: Bench): Promise<Browser> {
  const executablePath = places.find((path) => path !== undefined && existsSync(path))
  if (!executablePath) throw new Skipped('no Chromium was found: install one, or name it in CHROMIUM')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  bench.after(() => browser.close())
  return browser
}
