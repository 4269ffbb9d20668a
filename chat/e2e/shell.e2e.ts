import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 120_000 })

test('shortcuts: a sheet, sequences, and nothing inside a text field', async ({ chat }) => {
  const { page } = chat
  await chat.composer.fill('g f ?')
  await expect(page.getByRole('dialog')).toHaveCount(0)
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
