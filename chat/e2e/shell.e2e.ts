import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 120_000 })

test('shortcuts: a sheet, sequences, and nothing inside a text field', async ({ chat }) => {
  const { page } = chat
  await chat.composer.fill('g f ?')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await chat.composer.fill('')
  await chat.composer.pressSequentially('gs?')
  await expect(chat.composer).toHaveValue('gs?')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page).toHaveURL(/\/$/)
  await chat.composer.fill('')
  await chat.composer.blur()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('g then f')
  expect(await seriousFindings(page)).toEqual([])
  await page.keyboard.press('Escape')
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await expect(page).toHaveURL(/\/settings$/)
})

test('a shortcut is chosen anew, works, may not hinder another, and goes back to what it was (UIX)', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await page.goto(`${product.url}/settings`)
  const keys = page.getByRole('region', { name: 'Keyboard shortcuts' })
  const change = keys.getByRole('button', { name: 'Change the keys of “Fleet”' })
  const box = keys.getByRole('textbox', { name: 'Change the keys of “Fleet”' })
  await change.click()
  await expect(box).toBeFocused()
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await expect(keys.getByText('Also the keys of: Settings')).toBeVisible()
  await expect(keys.getByRole('button', { name: 'Save' })).toBeDisabled()
  await page.keyboard.press('z')
  await page.keyboard.press('z')
  await keys.getByRole('button', { name: 'Save' }).click()
  await expect(keys).toContainText('z then z')
  // The server has it before the page is left
  await page.waitForTimeout(800)
  await page.reload()
  await expect(keys).toContainText('z then z')
  await page.keyboard.press('z')
  await page.keyboard.press('z')
  await expect(page).toHaveURL(/\/fleet$/)
  await page.goto(`${product.url}/settings`)
  await keys.getByRole('button', { name: 'Default keys for “Fleet”' }).click()
  await expect(keys).not.toContainText('z then z')
  await expect(keys).toContainText('g then f')
})
