import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from '@playwright/test'
import { expect, type Product, startModel, startProduct, test } from './product.ts'

// A gateway before the demo model that each journey tells how the model is today: its address stays, as that of a real one does.
let model: { url: string; stop(): void }
let gateway: Server
let product: Product
let mood = 'plain'

test.describe.configure({ timeout: 180_000 })

test.beforeAll(async () => {
  test.setTimeout(240_000)
  model = await startModel()
  const behind = new URL(model.url)
  gateway = createServer((incoming, outgoing) => {
    if (mood === 'refused') {
      incoming.socket.destroy()
      return
    }
    const headers = { ...incoming.headers, host: behind.host, 'x-demo-behaviour': mood }
    const { method, url: path } = incoming
    const onward = request({ host: behind.hostname, port: behind.port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
      answer.on('error', () => outgoing.destroy())
      answer.on('aborted', () => outgoing.destroy())
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  const { port } = gateway.address() as AddressInfo
  product = await startProduct({ LLM_BASE_URL: `http://127.0.0.1:${port}/v1`, LLM_MODEL: 'quartermaster-demo' })
})
test.afterAll(async () => {
  await product?.stop()
  gateway?.close()
  model?.stop()
})

const answer = (page: Page) => page.getByRole('article', { name: 'Quartermaster' }).last()
const done = (page: Page) => expect(answer(page)).toHaveAttribute('aria-busy', 'false', { timeout: 90_000 })

async function ask(page: Page, how: string) {
  mood = how
  await page.goto(product.url)
  const box = page.getByRole('textbox', { name: 'Message' })
  await box.fill('Which nodes have free GPUs?')
  await box.press('Enter')
  await page.waitForURL(/\/c\/\w+/, { timeout: 60_000 })
  await done(page)
}

for (const [how, reads, code] of [
  ['500', /The model endpoint failed \(500\)/, 'upstream-error'],
  ['429', /taking no more requests right now \(429\)/, 'rate-limited'],
  ['garbage', /could not be understood|broke off/, 'upstream-garbage'],
  ['cut', /broke off in the middle/, 'upstream-garbage'],
  ['refused', /broke off|Nothing answers/, 'upstream-'],
] as const)
  test(`${how}: the answer says what happened, and once the model is well again "Try again" answers (CHT-030)`, async ({
    page,
  }) => {
    await ask(page, how)
    const problem = answer(page).getByRole('region', { name: 'Problem' })
    await expect(problem).toContainText(reads)
    await expect(problem.locator('code').first()).toContainText(code)
    mood = 'plain'
    await problem.getByRole('button', { name: 'Try again' }).click()
    await expect(answer(page)).toContainText('gpu-', { timeout: 90_000 })
    await done(page)
    await expect(answer(page).getByRole('region', { name: 'Problem' })).toHaveCount(0)
    await expect(page.getByRole('article', { name: 'You' })).toHaveCount(1)
  })

test('401: trying again is not offered, the setting to change is named, and the pages go on', async ({ page }) => {
  await ask(page, '401')
  const problem = answer(page).getByRole('region', { name: 'Problem' })
  await expect(problem).toContainText('refused our key (401)')
  await expect(problem).toContainText('LLM_API_KEY')
  await expect(problem.getByRole('button', { name: 'Try again' })).toHaveCount(0)
  await page.goto(`${product.url}/gpus`)
  await expect(page.getByRole('region', { name: /^GPU nodes$/ }).first()).toContainText('h100', { timeout: 60_000 })
  mood = 'plain'
})
