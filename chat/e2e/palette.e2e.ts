import type { Page } from '@playwright/test'
import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 180_000 })

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Search and commands' })
const box = (page: Page) => page.getByRole('combobox', { name: 'Search and commands' })
const group = (page: Page, name: string) => dialog(page).getByRole('group', { name, exact: true })
const chosen = (page: Page) => dialog(page).getByRole('option', { selected: true })
/** The server is asked for much at once, on a machine that does other things as well */
const slow = { timeout: 40_000 }

async function open(page: Page, typed = '') {
  // A press closes it as well, and a page that has just come may hear it late
  await expect(async () => {
    if (!(await box(page).isVisible())) await page.keyboard.press('Control+k')
    await expect(box(page)).toBeFocused({ timeout: 5_000 })
  }).toPass(slow)
  if (typed) await box(page).fill(typed)
}

test('empty: recent conversations, what waits, what can be done here; Escape gives the focus back (UIX)', async ({
  chat,
}) => {
  const { page } = chat
  await chat.askAndWait('Deploy Qwen3-8B on two GPUs in gpu-east')
  await chat.composer.focus()
  await open(page)
  await expect(group(page, 'Recent conversations').getByRole('option').first()).toContainText('Qwen3-8B')
  await expect(group(page, 'Waiting for approval').getByRole('option').first()).toContainText('Qwen3-8B', slow)
  await expect(group(page, 'On this page').getByRole('option', { name: /New chat/ })).toBeVisible()
  await expect(dialog(page).getByRole('option').last()).toHaveText('Ask Quartermaster')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toHaveCount(0)
  await expect(chat.composer).toBeFocused()

  // A card that has the focus says what can be done with it
  const card = chat.answer.getByRole('region', { name: /Deploy/ }).first()
  await card.getByRole('button').first().focus()
  await open(page)
  await expect(
    group(page, 'On this page')
      .getByRole('option', { name: /^Open beside the conversation: / })
      .first(),
  ).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toHaveCount(0)
})

test('prefixes narrow: > what can be done, @ things of the fleet, # conversations; Tab goes from group to group', async ({
  chat,
}) => {
  const { page } = chat
  await open(page, '> high contrast')
  await expect(chosen(page)).toContainText('Theme: high contrast')
  await box(page).fill('> keyboard')
  await expect(group(page, 'Settings').getByRole('option')).toContainText('Change keyboard shortcuts')
  await box(page).fill('@h100-0')
  await expect(group(page, 'Resources').getByRole('option').first()).toContainText('h100-0', slow)
  await expect(group(page, 'Go to')).toHaveCount(0)
  const first = await chosen(page).innerText()
  await page.keyboard.press('ArrowDown')
  expect(await chosen(page).innerText()).not.toBe(first)
  await page.keyboard.press('ArrowUp')
  expect(await chosen(page).innerText()).toBe(first)
  await page.keyboard.press('Tab')
  await expect(chosen(page)).toContainText('Ask Quartermaster: h100-0')

  await box(page).fill('@gpu-east-h100-01')
  await expect(group(page, 'Resources').getByRole('option')).toContainText(['gpu-east-h100-01'], slow)
  await page.keyboard.press('Control+Enter')
  await expect(dialog(page)).toHaveCount(0)
  await expect(page.getByRole('complementary', { name: 'Canvas' })).toContainText('gpu-east-h100-01', slow)
  await expect(page).toHaveURL(/\/$/)

  await open(page, '@gpu-east-h100-01')
  await expect(group(page, 'Resources').getByRole('option')).toContainText(['gpu-east-h100-01'], slow)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/gpus\/gpu-east\/gpu-east-h100-01$/)
  await open(page, '#')
  await expect(group(page, 'Recent conversations').getByRole('option').first()).toBeVisible()
  await expect(group(page, 'On this page')).toHaveCount(0)
})

test('an action is a form made from its schema; a read runs, a change is planned and waits', async ({ chat }) => {
  const { page } = chat
  await open(page, '> list nodes')
  await group(page, 'Actions')
    .getByRole('option', { name: /^list nodes/ })
    .click(slow)
  const form = dialog(page).locator('form')
  await expect(form.getByRole('heading', { name: 'list_nodes' })).toBeVisible()
  await form.getByText('More arguments').click()
  await form.getByLabel('limit').fill('3')
  expect(await seriousFindings(page)).toEqual([])
  await form.getByRole('button', { name: 'Run', exact: true }).click()
  const canvas = page.getByRole('complementary', { name: 'Canvas' })
  await expect(canvas).toContainText(/gpu-\w+/, slow)

  await open(page, '> cordon node')
  await group(page, 'Actions')
    .getByRole('option', { name: /^cordon node/ })
    .click(slow)
  await form.getByRole('button', { name: 'Plan the change' }).click()
  await expect(form.getByRole('status')).toContainText('is needed')
  await form.getByLabel(/^cluster/).fill('gpu-west')
  await expect(form.getByRole('status')).toBeEmpty()
  await form.getByLabel(/^name/).fill('gpu-west-a100-03')
  await form.getByRole('button', { name: 'Plan the change' }).click()
  await expect(dialog(page)).toHaveCount(0, slow)
  await expect(canvas.getByRole('button', { name: /^Deny/ }).first()).toBeVisible(slow)
})

test('a runbook with arguments has its form here; the last row asks', async ({ chat }) => {
  const { page } = chat
  await open(page, 'gpu node healthy')
  await group(page, 'Runbooks').getByRole('option').first().click(slow)
  await expect(dialog(page).getByRole('form', { name: 'Is this GPU node healthy?' })).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toHaveCount(0)
  await open(page, 'How many nodes are there?')
  await page.keyboard.press('ArrowUp')
  await expect(chosen(page)).toHaveText('Ask Quartermaster: How many nodes are there?')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('article', { name: 'You' })).toContainText('How many nodes are there?', slow)
})

test('on a phone it covers the page and has a way out', async ({ chat }) => {
  const { page } = chat
  await page.setViewportSize({ width: 390, height: 844 })
  await open(page)
  expect(await dialog(page).boundingBox()).toEqual({ x: 0, y: 0, width: 390, height: 844 })
  await expect(dialog(page).getByRole('option').last()).toBeInViewport()
  await dialog(page).getByRole('button', { name: 'Close' }).click()
  await expect(dialog(page)).toHaveCount(0)
})
