import type { Page } from '@playwright/test'
import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 300_000 })
const slow = { timeout: 40_000 }
const sizes = { light: 390, dark: 820, contrast: 1280 } as const

const like = async (page: Page, url: string, theme: string) => {
  const answer = await page.request.patch(`${url}/api/v1/chat/preferences`, {
    headers: { 'x-quartermaster': '1' },
    data: { theme },
  })
  expect(answer.ok()).toBe(true)
}

for (const [theme, first] of Object.entries(sizes))
  test(`${theme}: what lies over the page has no serious finding of axe, and nothing goes sideways (UIX)`, async ({
    chat,
    product,
  }) => {
    const { page } = chat
    await like(page, product.url, theme)
    await page.reload()
    await chat.askAndWait('Which nodes have free GPUs?')
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    const at = page.url()
    const menu = async () => {
      if ((page.viewportSize()?.width ?? 0) <= 820)
        await page.getByRole('button', { name: 'Show conversations' }).click()
      await page
        .getByRole('button', { name: /^Actions for/ })
        .first()
        .click()
    }
    const chord = async (keys: string) => {
      await page.locator('body').click({ position: { x: 2, y: 2 } })
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      for (const key of keys.split(' ')) await page.keyboard.press(key)
    }
    const states: [string, () => Promise<void>, () => Promise<void>][] = [
      [
        'palette',
        () => page.keyboard.press('Control+k'),
        () => expect(page.getByRole('combobox', { name: 'Search and commands' })).toBeVisible(slow),
      ],
      ['shortcuts', () => chord('?'), () => expect(page.getByRole('dialog')).toContainText('Keyboard shortcuts', slow)],
      [
        'inbox',
        () => chord('g n'),
        () => expect(page.getByRole('dialog', { name: 'Notifications' })).toBeVisible(slow),
      ],
      ['session menu', menu, () => expect(page.getByRole('menu')).toBeVisible(slow)],
      [
        'share',
        async () => {
          await menu()
          await page.getByRole('menuitem', { name: /Share/ }).click()
        },
        () => expect(page.getByRole('dialog', { name: 'Share and export' })).toBeVisible(slow),
      ],
      [
        'canvas',
        async () => {
          await chat.answer
            .getByRole('button', { name: /^Card menu/ })
            .first()
            .click()
          await page.getByRole('menuitem', { name: 'Open beside the conversation' }).click()
        },
        () => expect(page.getByRole('complementary', { name: 'Canvas' })).toContainText('gpu-', slow),
      ],
    ]
    for (const [name, open, shown] of states) {
      await page.setViewportSize({ width: first, height: 860 })
      await page.goto(at)
      await expect(chat.answer).toHaveAttribute('aria-busy', 'false', slow)
      await open()
      await shown()
      expect(await seriousFindings(page), `${name} ${first}`).toEqual([])
      const overflow = await page.evaluate(() =>
        Math.max(
          ...[document.documentElement, ...document.querySelectorAll('dialog[open], aside')].map((one) =>
            getComputedStyle(one).visibility === 'hidden' ? 0 : one.scrollWidth - one.clientWidth,
          ),
        ),
      )
      expect(overflow, `${name} ${first}`).toBeLessThanOrEqual(0)
    }
    await like(page, product.url, 'auto')
  })
