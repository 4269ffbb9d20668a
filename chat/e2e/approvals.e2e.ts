import { expect, startProduct, test } from './product.ts'

test('denying leaves nothing changed and says so', async ({ chat, product }) => {
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  await chat.answer.getByRole('button', { name: /^Deny/ }).click()
  const reason = chat.page.getByRole('textbox', { name: /reason/i })
  await reason.fill('not now')
  await chat.page.getByRole('button', { name: /^Deny/ }).last().click()
  await expect(chat.page.getByText(/denied/i).first()).toBeVisible()
  const list = await (await fetch(`${product.url}/api/v1/deployments?text=qwen3-0-6b&namespace=dynamo-system`)).json()
  expect(JSON.stringify(list.data ?? {})).not.toContain('dynamo-system/qwen3-0-6b')
})

test('a script in the page cannot press approve', async ({ chat, product }) => {
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  const approve = chat.answer.getByRole('button', { name: /^Deploy/ })
  await expect(approve).toBeVisible()
  await chat.page.waitForTimeout(800)
  await approve.evaluate((button) => (button as HTMLButtonElement).click())
  await chat.page.waitForTimeout(800)
  const pending = await (await fetch(`${product.url}/api/v1/approvals?state=pending`)).json()
  expect(pending.data.rows.length).toBeGreaterThan(0)
})

test('an approval survives a reload, and is decided on its own page', async ({ chat, product }) => {
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  await chat.page.reload()
  await expect(chat.page.getByRole('button', { name: /^Deploy/ }).first()).toBeVisible()
  const pending = await (await fetch(`${product.url}/api/v1/approvals?state=pending`)).json()
  await chat.page.goto(`${product.url}/approvals/${pending.data.rows[0].id}`)
  await expect(chat.page.getByRole('button', { name: /^Deploy/ })).toBeVisible()
})

test('an expired approval says so and changes nothing', async ({ page }) => {
  const product = await startProduct({ QM_APPROVAL_TTL_MINUTES: '0.05' })
  try {
    await page.goto(product.url)
    const box = page.getByRole('textbox', { name: 'Message' })
    await box.fill('Deploy Qwen3-0.6B on one GPU in gpu-west')
    await box.press('Enter')
    await expect(page.getByText('expired', { exact: true }).first()).toBeVisible({ timeout: 30_000 })
    await expect(page.getByRole('button', { name: /^Deploy/ })).toHaveCount(0)
  } finally {
    await product.stop()
  }
})
