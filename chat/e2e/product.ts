import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as base, expect, type Page } from '@playwright/test'

export interface Product {
  url: string
  /** Control port of the demo world: POST /faults */
  controlUrl: string
  stop(): Promise<void>
  /** Ends it at once, as a crash does, and starts it again at the same address over the same data */
  crash(): Promise<void>
  startAgain(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** `npm start` as a person runs it, with an empty data folder and a free port. */
export async function startProduct(env: Record<string, string> = {}): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'quartermaster-e2e-'))
  const start = (port: string) => startIn(folder, { ...env, PORT: port })
  let running = await start('0')
  const { url } = running
  const end = async (signal: NodeJS.Signals) => {
    const { child } = running
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    // npm and node are one group of their own
    process.kill(-child.pid!, signal)
    await ended
  }
  return {
    url,
    controlUrl: running.controlUrl,
    crash: () => end('SIGKILL'),
    async startAgain() {
      running = await start(new URL(url).port)
    },
    async stop() {
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
    },
  }
}

async function startIn(folder: string, env: Record<string, string>) {
  const child: ChildProcess = spawn('npm', ['start', '--silent'], {
    cwd: root,
    env: {
      ...process.env,
      QM_DATA_DIR: folder,
      QM_RATE_LIMITS: 'off',
      QM_APPROVAL_CANCEL_SECONDS: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let printed = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.on('data', (chunk) => {
      printed += chunk
      const found = /Quartermaster is at (\S+)/.exec(printed)?.[1]
      if (found && printed.includes('metrics:')) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${printed}`)))
  })
  return { child, url, controlUrl: /faults: (\S+)/.exec(printed)?.[1] ?? '' }
}

/** The demo model on its own, so that a test can choose how it behaves. */
export async function startModel(): Promise<{ url: string; stop(): void }> {
  const child = spawn('npm', ['exec', '--silent', '--', 'node', 'mocks/vllm/main.ts', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const url = await new Promise<string>((resolve) => {
    child.stdout!.on('data', (chunk) => {
      const found = /LLM_BASE_URL=(\S+)/.exec(String(chunk))?.[1]
      if (found) resolve(found)
    })
  })
  return { url, stop: () => void process.kill(-child.pid!, 'SIGTERM') }
}

export const test = base.extend<{ chat: Chat }, { product: Product }>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from the pattern
    async ({}, use) => {
      const product = await startProduct()
      await use(product)
      await product.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  chat: async ({ page, product }, use) => {
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    await page.goto(product.url)
    await use(new Chat(page))
    expect(problems).toEqual([])
  },
})

/** What a person does in the chat. */
export class Chat {
  readonly page: Page
  constructor(page: Page) {
    this.page = page
  }

  get composer() {
    return this.page.getByRole('textbox', { name: 'Message' })
  }

  /** The last answer of the assistant */
  get answer() {
    return this.page.getByRole('article', { name: 'Quartermaster' }).last()
  }

  async ask(question: string) {
    await this.composer.fill(question)
    await this.composer.press('Enter')
    await expect(this.page.getByRole('article', { name: 'You' }).filter({ hasText: question }).last()).toBeVisible()
  }

  async askAndWait(question: string) {
    await this.ask(question)
    await expect(this.answer).toHaveAttribute('aria-busy', 'false', { timeout: 40_000 })
  }

  fault(product: Product, body: object) {
    return fetch(`${product.controlUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }
}

export { expect }
