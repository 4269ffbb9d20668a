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

test('by keyboard alone: ask, approve, cancel; ask again, approve, receipt, roll back with its name typed', async ({
  page,
}) => {
  test.setTimeout(150_000)
  const product = await startProduct({ QM_APPROVAL_CANCEL_SECONDS: '4' })
  try {
    await page.goto(product.url)
    const cards = page.getByRole('group', { name: /^Approval: / })
    const box = page.getByRole('textbox', { name: 'Message' })
    const ask = async (count: number) => {
      await box.focus()
      await page.keyboard.type('Deploy Qwen3-0.6B on one GPU in gpu-west')
      await page.keyboard.press('Enter')
      await expect(cards).toHaveCount(count, { timeout: 40_000 })
      await page.waitForTimeout(1_000)
      await cards.last().focus()
    }
    await ask(1)
    await page.keyboard.press('Enter')
    await expect(cards.last()).toContainText('waits for you')
    await page.keyboard.press('a')
    await expect(cards.last()).toContainText('Runs in')
    await expect(cards.last()).toBeFocused()
    await page.keyboard.press('c')
    await expect(cards.last()).toContainText('Nothing was changed')
    await expect(page.locator('article[aria-busy="true"]')).toHaveCount(0, { timeout: 30_000 })
    await page.waitForTimeout(2_000)
    await ask(2)
    await page.keyboard.press('a')
    await expect(cards.nth(1)).toContainText('Approved by', { timeout: 30_000 })
    await cards.nth(1).getByRole('button', { name: 'Roll back…' }).focus({ timeout: 15_000 })
    await page.keyboard.press('Enter')
    await expect(cards).toHaveCount(3, { timeout: 20_000 })
    const back = cards.last()
    const remove = back.getByRole('button', { name: /^Delete/ })
    await page.waitForTimeout(1_000)
    await back.focus()
    await page.keyboard.press('a')
    await expect(remove).toBeDisabled()
    await back.getByRole('textbox').focus()
    await page.keyboard.type((await back.locator('.typed code').textContent()) ?? '')
    await expect(remove).toBeEnabled()
  } finally {
    await product.stop()
  }
})

test('decided on one device, the card on the other turns without a reload', async ({ chat, product, browser }) => {
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  const card = chat.page.getByRole('group', { name: /^Approval: / }).last()
  const id = await card.getAttribute('data-approval')
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  const phone = await context.newPage()
  await phone.goto(`${product.url}/approvals/${id}`)
  await phone.getByRole('button', { name: 'Deny…' }).click({ timeout: 10_000 })
  await phone.getByRole('button', { name: 'Deny', exact: true }).click()
  await expect(card).toContainText('denied', { timeout: 10_000 })
  await expect(card.getByRole('button', { name: /^Deploy/ })).toHaveCount(0)
  await context.close()
})

test('a read-only conversation is not even asked', async ({ chat, product }) => {
  await chat.askAndWait('How many nodes are there?')
  await chat.page.getByRole('button', { name: /^Mode:/ }).click()
  await chat.page.getByRole('button', { name: /^Read-only/ }).click()
  const before = await (await fetch(`${product.url}/api/v1/approvals?state=pending`)).json()
  await chat.page.waitForTimeout(500)
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  await expect(chat.answer.getByRole('group', { name: /^Approval: / })).toHaveCount(0)
  const after = await (await fetch(`${product.url}/api/v1/approvals?state=pending`)).json()
  expect(after.data?.rows?.length ?? 0).toBe(before.data?.rows?.length ?? 0)
})
