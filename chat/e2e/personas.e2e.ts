import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 180_000 })

test('a built-in persona is duplicated, changed and leads a conversation; then it is deleted', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await page.goto(`${product.url}/personas`)
  const row = page.getByRole('listitem').filter({ hasText: 'gpu-expert' })
  await expect(row.getByRole('button', { name: 'Edit' })).toHaveCount(0)
  await row.getByRole('button', { name: 'Duplicate' }).click()
  await page.getByLabel('Name', { exact: true }).fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('A name is needed, of at most 60 characters.')).toBeVisible()
  await page.getByLabel('Name', { exact: true }).fill('Night GPUs')
  await page.getByLabel('Id', { exact: true }).fill('night-gpus')
  await page.getByLabel('Find a tool').fill('get_fleet_summary')
  await page.getByRole('checkbox', { name: /get_fleet_summary/ }).check()
  await expect(page.getByText(/\d+\/24 tools, \d+\/14000 characters/)).toBeVisible()
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  const own = page.getByRole('listitem').filter({ hasText: 'night-gpus' })
  await own.getByRole('button', { name: 'Try it' }).click()
  await expect(page.getByRole('button', { name: 'Persona: Night GPUs' })).toBeVisible()
  await chat.askAndWait('How is the fleet?')
  await page.goto(`${product.url}/personas`)
  await own.getByRole('button', { name: 'Delete' }).click()
  await own.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
  await expect(own).toHaveCount(0)
})
