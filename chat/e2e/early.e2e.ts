import type { Page } from '@playwright/test'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 120_000 })
// What a service worker brings passes by the routes of a test
test.use({ serviceWorkers: 'block' })

/** The page as it is before its scripts came; the answer lets them come. */
async function asleep(page: Page, url: string): Promise<() => void> {
  let come = () => {}
  const awake = new Promise<void>((resolve) => {
    come = resolve
  })
  await page.route('**/_app/immutable/**/*.js', async (route) => {
    await awake
    await route.continue()
  })
  await page.goto(url, { waitUntil: 'commit' })
  return come
}

test.afterEach(async ({ page, product }) => {
  await page.request.patch(`${product.url}/api/v1/chat/preferences`, {
    headers: { 'x-quartermaster': '1' },
    data: { theme: 'auto', textOnly: false },
  })
})

test('a radio and a switch that were pressed before the page is awake are kept (UIX)', async ({ chat, product }) => {
  const { page } = chat
  const wake = await asleep(page, `${product.url}/settings`)
  await page.getByRole('radio', { name: 'Dark', exact: true }).check()
  const text = page.getByRole('switch', { name: /^Text only/ })
  await text.check()
  await expect(page.locator('html')).not.toHaveAttribute('data-theme', 'dark')
  wake()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.unroute('**/_app/immutable/**/*.js')
  await expect
    .poll(async () => (await page.request.get(`${product.url}/settings`)).text())
    .toMatch(/<html[^>]*data-theme="dark"/)
  await page.reload()
  await expect(page.getByRole('radio', { name: 'Dark', exact: true })).toBeChecked()
  await expect(text).toBeChecked()
})
