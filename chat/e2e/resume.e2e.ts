import type { Page } from '@playwright/test'
import { expect, type Product, startModel, startProduct, test } from './product.ts'

// A model slow enough that there is a middle of an answer, also on a slow machine
const slow = 'quartermaster-demo:slow:12'

let model: { url: string; stop(): void }
let product: Product

test.beforeAll(async () => {
  model = await startModel()
  product = await startProduct({ LLM_BASE_URL: model.url, LLM_MODEL: slow })
})
test.afterAll(async () => {
  await product.stop()
  model.stop()
})

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message' })
const answer = (page: Page) => page.getByRole('article', { name: 'Quartermaster' }).last()
const questions = (page: Page) => page.getByRole('article', { name: 'You' })
const whole = (page: Page) => expect(answer(page)).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 })

async function ask(page: Page, text: string) {
  await page.goto(product.url)
  await composer(page).fill(text)
  await composer(page).press('Enter')
  await page.waitForURL(/\/c\/\w+/)
  await expect(answer(page)).toContainText(/\w{3,}/)
}

/** What the store has of the last answer: the page must show these words, each once. */
async function stored(page: Page): Promise<string> {
  const id = new URL(page.url()).pathname.split('/').at(-1)
  const { messages } = await (await fetch(`${product.url}/api/v1/chat/sessions/${id}/messages`)).json()
  return messages
    .at(-1)
    .parts.map((part: { text?: string; type: string }) => (part.type === 'text' ? part.text : ''))
    .join('')
}
const letters = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, '')

test('an answer goes on through a reload and on a second page, the same text on both', async ({ page, context }) => {
  await ask(page, 'What can you do?')
  const second = await context.newPage()
  await second.goto(page.url())
  await expect(answer(second)).toHaveAttribute('aria-busy', 'true')
  await page.reload()
  await whole(page)
  await whole(second)
  const text = letters(await stored(page))
  expect(text.length).toBeGreaterThan(40)
  for (const one of [page, second]) {
    await expect(questions(one)).toHaveCount(1)
    expect(letters(await answer(one).innerText()).split(text)).toHaveLength(2)
  }
})

test('without a network the page says so, and joins again by itself', async ({ page, context }) => {
  await ask(page, 'What can you do?')
  await context.setOffline(true)
  await page.waitForTimeout(1_500)
  await context.setOffline(false)
  await whole(page)
  expect(letters(await answer(page).innerText()).split(letters(await stored(page)))).toHaveLength(2)
})

test('what is said meanwhile waits above the composer, survives a reload and is asked next', async ({ page }) => {
  await ask(page, 'What can you do?')
  await composer(page).fill('And which nodes are there?')
  await composer(page).press('Enter')
  await composer(page).fill('not this one')
  await composer(page).press('Enter')
  const waiting = page.getByRole('list', { name: 'Waiting messages' })
  await expect(waiting.getByRole('listitem')).toHaveCount(2)
  // A reload would cut off a removal that is on its way
  const removed = page.waitForResponse((response) => response.request().method() === 'DELETE')
  await page.getByRole('button', { name: 'Remove “not this one”' }).click()
  await removed
  await page.reload()
  await expect(waiting.getByRole('listitem')).toHaveCount(1)
  await expect(questions(page)).toHaveCount(2, { timeout: 60_000 })
  await expect(questions(page).last()).toContainText('And which nodes are there?')
  await expect(waiting).toHaveCount(0)
})

test('an answer is stopped from another page, and keeps its text', async ({ page, context }) => {
  await ask(page, 'What can you do?')
  const second = await context.newPage()
  await second.goto(page.url())
  await expect(answer(second)).toHaveAttribute('aria-busy', 'true')
  await second.getByRole('button', { name: 'Stop' }).click()
  for (const one of [page, second]) {
    await expect(answer(one)).toHaveAttribute('aria-busy', 'false', { timeout: 10_000 })
    await expect(answer(one)).toContainText(/\w{3,}/)
  }
})
