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

test.describe('by keyboard alone', () => {
  test('ask, approve, cancel; ask again, approve, receipt, roll back', async ({ page }) => {
    test.setTimeout(150_000)
    const product = await startProduct({ QM_APPROVAL_CANCEL_SECONDS: '3' })
    try {
      await page.goto(product.url)
      const group = page.getByRole('group', { name: /^Approval: .*[Cc]ordon|^Approval: .*take no new pods/ })
      const ask = async () => {
        const box = page.getByRole('textbox', { name: 'Message' })
        await box.focus()
        await page.keyboard.type('Cordon node gpu-west-h100-01 in gpu-west')
        await page.keyboard.press('Enter')
        await expect(group.last()).toBeVisible({ timeout: 40_000 })
        await page.waitForTimeout(800)
        await group.last().focus()
      }
      await ask()
      await page.keyboard.press('Enter')
      await page.waitForTimeout(300)
      await expect(group.last()).toContainText('waits for you')
      await page.keyboard.press('a')
      await expect(group.last()).toContainText(/Runs in/)
      await expect(group.last()).toBeFocused()
      await page.keyboard.press('c')
      await expect(group.last()).toContainText('Nothing was changed')
      await expect(page.getByRole('textbox', { name: 'Message' })).toBeEnabled({ timeout: 30_000 })
      await page.waitForTimeout(3_000)
      await ask()
      await page.keyboard.press('a')
      await expect(group.last()).toContainText('Approved by', { timeout: 20_000 })
      const undo = group.last().getByRole('button', { name: 'Roll back…' })
      await undo.focus()
      await page.keyboard.press('Enter')
      const back = page.getByRole('group', { name: /take new pods again|[Uu]ncordon/ })
      await expect(back.last()).toBeVisible({ timeout: 20_000 })
      await page.waitForTimeout(800)
      await back.last().focus()
      await page.keyboard.press('a')
      await expect(back.last()).toContainText('Approved by', { timeout: 20_000 })
      await expect(group.getByText('Rolled back by').first()).toBeVisible({ timeout: 10_000 })
    } finally {
      await product.stop()
    }
  })
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

test('danger wants its name typed', async ({ chat }) => {
  await chat.askAndWait('Drain node gpu-west-h100-02 in gpu-west')
  const card = chat.page.getByRole('group', { name: /^Approval: / }).last()
  await chat.page.waitForTimeout(800)
  const drain = card.getByRole('button', { name: /^Drain/ })
  await expect(drain).toBeDisabled()
  await card.focus()
  await chat.page.keyboard.press('a')
  await expect(card).toContainText('waits for you')
  const name = await card.locator('code').first().textContent()
  await card.getByRole('textbox').fill(name ?? '')
  await expect(drain).toBeEnabled()
})

test('a read-only conversation is not even asked', async ({ chat, product }) => {
  await chat.askAndWait('How many nodes are there?')
  await chat.page.getByRole('button', { name: /Mode/ }).click()
  await chat.page.getByRole('button', { name: /^Read-only/ }).click()
  const before = await (await fetch(`${product.url}/api/v1/approvals?state=pending`)).json()
  await chat.page.waitForTimeout(500)
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  await expect(chat.answer.getByRole('group', { name: /^Approval: / })).toHaveCount(0)
  const after = await (await fetch(`${product.url}/api/v1/approvals?state=pending`)).json()
  expect(after.data?.rows?.length ?? 0).toBe(before.data?.rows?.length ?? 0)
})
