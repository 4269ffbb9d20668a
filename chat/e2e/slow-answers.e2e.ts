import type { Page } from '@playwright/test'
import { expect, type Product, startModel, startProduct, test } from './product.ts'

// Slow enough to act in the middle of an answer, also on a machine that has other work
const slow = 'quartermaster-demo:slow:5'

let model: { url: string; stop(): void }
let product: Product

test.beforeAll(async () => {
  test.setTimeout(180_000)
  model = await startModel()
  product = await startProduct({ LLM_BASE_URL: model.url, LLM_MODEL: slow })
})
test.afterAll(async () => {
  await product.stop()
  model.stop()
})

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message' })
const answers = (page: Page) => page.getByRole('article', { name: 'Quartermaster' })

async function ask(page: Page, text: string) {
  await page.goto(product.url)
  await composer(page).fill(text)
  await composer(page).press('Enter')
  await page.waitForURL(/\/c\/\w+/)
  await expect(answers(page).last()).toHaveAttribute('aria-busy', 'true')
}

test('what is said into an answer with Ctrl+Enter is heard at its next step and stands in it', async ({ page }) => {
  test.setTimeout(120_000)
  await ask(page, 'Which nodes have free GPUs?')
  await composer(page).fill('only gpu-west, please')
  await composer(page).press('Control+Enter')
  const steered = answers(page).last().getByTitle('Said meanwhile')
  await expect(steered).toHaveText('only gpu-west, please', { timeout: 60_000 })
  await expect(page.getByRole('list', { name: 'Waiting messages' })).toHaveCount(0)
  await expect(page.getByRole('article', { name: 'You' })).toHaveCount(1)
  await expect(answers(page).last()).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 })
})

test('a server that dies in mid-answer loses no word that was shown: the page joins again and the answer goes on', async ({
  page,
}) => {
  test.setTimeout(180_000)
  await ask(page, 'What can you do?')
  await expect(answers(page).last()).toContainText(/(\w+\W+){6}/)
  const shown = (await answers(page).last().locator('p').first().innerText()).trim().split(/\s+/).slice(0, 4).join(' ')
  // What was shown has been stored a moment later
  await page.waitForTimeout(300)
  await product.crash()
  await expect(page.getByText('Connection lost.')).toBeVisible({ timeout: 15_000 })
  await expect(answers(page).last()).toContainText(shown)
  await product.startAgain()

  await expect(answers(page).last()).toContainText('Cut off before it was done', { timeout: 60_000 })
  await expect(page.getByText('Connection lost.')).toHaveCount(0)
  await expect(answers(page).last()).toContainText(shown)
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(answers(page)).toHaveCount(2, { timeout: 30_000 })
  await expect(answers(page).last()).toHaveAttribute('aria-busy', 'false', { timeout: 120_000 })
  await expect(answers(page).last()).toContainText(/(\w+\W+){3}/)
  await expect(answers(page).first()).toContainText(shown)
})
