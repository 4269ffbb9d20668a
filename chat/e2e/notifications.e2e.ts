import type { Page } from '@playwright/test'
import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 180_000 })
const slow = { timeout: 60_000 }

const inbox = (page: Page) => page.getByRole('dialog', { name: 'Notifications' })
const bell = (page: Page) => page.getByRole('button', { name: /^Notifications/ })

test('the inbox: a change that waits, an answer that is ready elsewhere; read one, read all; the title counts (UIX)', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  await page.getByRole('link', { name: 'Settings' }).click()
  await expect(page).toHaveTitle(/^\(\d+\) /, slow)
  await expect(bell(page)).toHaveAccessibleName(/, [1-9]\d* unread$/, slow)
  await bell(page).click()
  const change = inbox(page).getByRole('listitem').filter({ hasText: 'Waits for approval' }).first()
  await expect(change).toContainText('Qwen3-0.6B')
  await expect(inbox(page).getByRole('listitem').filter({ hasText: 'Answer ready' }).first()).toBeVisible(slow)
  expect(await seriousFindings(page)).toEqual([])
  await change.getByRole('link').click()
  await expect(page).toHaveURL(/\/approvals\/\w+/)
  await page.keyboard.press('g')
  await page.keyboard.press('n')
  await expect(inbox(page)).toBeVisible()
  const all = inbox(page).getByRole('button', { name: 'Mark all as read' })
  if (await all.isVisible()) await all.click()
  await expect(all).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(bell(page)).toHaveAccessibleName('Notifications')
  await page.goto(`${product.url}/settings`)
  await expect(bell(page)).toHaveAccessibleName('Notifications')
})

test('who does not want to hear of answers is not told of them', async ({ chat, product }) => {
  const { page } = chat
  await page.goto(`${product.url}/settings`)
  const wish = page.getByRole('switch', { name: 'An answer is ready while you are away' })
  await wish.click()
  await expect(wish).not.toBeChecked()
  await page.waitForTimeout(600)
  const count = async () =>
    (
      (await (await page.request.get(`${product.url}/api/v1/chat/notifications`)).json()).notes as { kind: string }[]
    ).filter(({ kind }) => kind === 'answer').length
  const before = await count()
  await page.goto(product.url)
  await chat.ask('How many nodes are there?')
  await page.waitForURL(/\/c\/\w+/)
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.waitForTimeout(8_000)
  expect(await count()).toBe(before)
  await wish.click()
  await expect(wish).toBeChecked()
})
