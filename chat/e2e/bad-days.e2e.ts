import { expect, startModel, startProduct, test } from './product.ts'

test('reload in the middle of an answer: it goes on, nothing lost, nothing twice', async ({ chat }) => {
  await chat.ask('p95 time to first token per model, last hour')
  await chat.page.waitForTimeout(400)
  await chat.page.reload()
  await expect(chat.answer).toHaveAttribute('aria-busy', 'false', { timeout: 40_000 })
  await expect(chat.page.getByRole('article', { name: 'You' })).toHaveCount(1)
  await expect(chat.page.getByRole('article', { name: 'Quartermaster' })).toHaveCount(1)
  await expect(chat.answer.locator('canvas').first()).toBeVisible()
})

test('a dead cluster: the others answer, and the answer names who did not', async ({ chat, product }) => {
  const injected = await chat.fault(product, { kind: 'dead-cluster', target: { cluster: 'gpu-west' } })
  expect(injected.ok).toBe(true)
  const { id } = await injected.json()
  try {
    await chat.askAndWait('Which nodes have free GPUs?')
    await expect(chat.answer).toContainText('gpu-east')
    await expect(chat.answer).toContainText(/gpu-west/)
  } finally {
    await fetch(`${product.controlUrl}/faults/${id}`, { method: 'DELETE' })
  }
})

test('a model that is down: the page says so, and the tools still work', async ({ page }) => {
  const product = await startProduct({ LLM_BASE_URL: 'http://127.0.0.1:9/v1' })
  try {
    await page.goto(product.url)
    const box = page.getByRole('textbox', { name: 'Message' })
    await box.fill('Which nodes have free GPUs?')
    await box.press('Enter')
    await expect(
      page
        .getByText(/model/i)
        .filter({ hasText: /answer|reach|refused|available/i })
        .first(),
    ).toBeVisible({ timeout: 30_000 })
    const nodes = await (await fetch(`${product.url}/api/v1/nodes?minFreeGpus=1`)).json()
    expect(nodes.data.nodes.length).toBeGreaterThan(0)
  } finally {
    await product.stop()
  }
})

test('stop ends the answer and keeps what was said', async ({ page }) => {
  const model = await startModel()
  const product = await startProduct({ LLM_BASE_URL: model.url, LLM_MODEL: 'quartermaster-demo:slow:5' })
  try {
    await page.goto(product.url)
    const box = page.getByRole('textbox', { name: 'Message' })
    await box.fill('What can you do?')
    await box.press('Enter')
    const answer = page.getByRole('article', { name: 'Quartermaster' }).last()
    await expect(answer).toContainText(/\w{3,}/)
    await page.waitForTimeout(1_500)
    await page.getByRole('button', { name: 'Stop' }).click()
    await expect(answer).toHaveAttribute('aria-busy', 'false', { timeout: 5_000 })
    await expect(answer).toContainText(/\w{3,}/)
    await expect(box).toBeEditable()
  } finally {
    await product.stop()
    model.stop()
  }
})
