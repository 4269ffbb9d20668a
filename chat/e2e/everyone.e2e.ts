import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

for (const scheme of ['light', 'dark'] as const)
  test(`no serious accessibility violation, ${scheme}`, async ({ chat }) => {
    const { page } = chat
    await page.emulateMedia({ colorScheme: scheme })
    await chat.askAndWait('Which nodes have free GPUs?')
    await chat.askAndWait('Deploy Qwen3-8B on two GPUs in gpu-east')
    expect(await seriousFindings(page)).toEqual([])
  })

test('a phone: no sideways scrolling, the composer is in reach', async ({ chat }) => {
  await chat.page.setViewportSize({ width: 390, height: 844 })
  await chat.askAndWait('Which nodes have free GPUs?')
  const overflow = await chat.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow).toBeLessThanOrEqual(0)
  await expect(chat.composer).toBeInViewport()
})

test('keyboard only: ask, reach the approval, decide', async ({ chat }) => {
  const { page } = chat
  await chat.composer.focus()
  await page.keyboard.type('Deploy Qwen3-0.6B on one GPU in gpu-west')
  await page.keyboard.press('Enter')
  await expect(chat.answer).toHaveAttribute('aria-busy', 'false', { timeout: 40_000 })
  const deny = chat.answer.getByRole('button', { name: /^Deny/ })
  // Dead for a moment after it appeared, and passed over by Tab meanwhile
  await expect(deny).toBeEnabled()
  for (let n = 0; n < 60 && !(await deny.evaluate((one) => one === document.activeElement)); n++)
    await page.keyboard.press('Shift+Tab')
  await expect(deny).toBeFocused()
  await page.waitForTimeout(700)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('textbox', { name: /reason/i })).toBeVisible()
})

test('the persona and the clusters of a conversation can be chosen', async ({ chat }) => {
  const { page } = chat
  await page.getByRole('button', { name: /Default Assistant/ }).click()
  await page.getByText('GPU Infrastructure Expert').first().click()
  await chat.askAndWait('Give me a summary of the GPUs')
  await expect(page.getByRole('button', { name: /GPU Infrastructure Expert/ })).toBeVisible()
  await expect(chat.answer).toContainText(/GPU/)
})
