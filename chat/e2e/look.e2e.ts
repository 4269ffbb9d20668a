import type { Page } from '@playwright/test'
import { expect, type Product, test } from './product.ts'

test.describe.configure({ timeout: 180_000 })
const slow = { timeout: 60_000 }

/** The page as it is sent, before any script of it ran */
const firstHtml = async (page: Page, product: Product) =>
  /<html[^>]*>/.exec(await (await page.request.get(`${product.url}/settings`)).text())?.[0] ?? ''

async function like(page: Page, product: Product, wish: object) {
  const answer = await page.request.patch(`${product.url}/api/v1/chat/preferences`, {
    headers: { 'x-quartermaster': '1' },
    data: wish,
  })
  expect(answer.ok(), await answer.text()).toBe(true)
}
const plain = { theme: 'auto', density: 'comfortable', motion: 'auto', language: 'en', textOnly: false }

test.afterEach(async ({ page, product }) => like(page, product, plain))

test('theme, density, motion and text only: seen at once, kept after a reload and on another device, sent with the page (UIX)', async ({
  chat,
  product,
  browser,
}) => {
  const { page } = chat
  await page.goto(`${product.url}/settings`)
  // What only the awake page knows: it hears a choice then
  await expect(page.getByText('No device is told yet.')).toBeVisible(slow)
  const html = page.locator('html')
  const choose = (list: string, one: string) =>
    page.getByRole('group', { name: list, exact: true }).getByRole('radio', { name: one, exact: true }).check()
  await choose('Theme', 'Dark')
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await choose('Density', 'Compact')
  await expect(html).toHaveAttribute('data-density', 'compact')
  await choose('Motion', 'None')
  await expect(html).toHaveAttribute('data-motion', 'reduced')
  await page.getByRole('switch', { name: /^Text only/ }).click()
  await expect
    .poll(() => firstHtml(page, product), slow)
    .toMatch(/(?=.*lang="en")(?=.*data-theme="dark")(?=.*data-density="compact")(?=.*data-motion="reduced")/)
  await page.reload()
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await expect(page.getByRole('switch', { name: /^Text only/ })).toBeChecked()
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const other = await (await browser.newContext({ colorScheme: 'light' })).newPage()
  await other.goto(`${product.url}/settings`, { waitUntil: 'commit' })
  await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark')
  expect(await other.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(ground)
  // And the other way round: a page that is open hears of what another device chose
  await other.close()
  await page.goto(product.url)
  await chat.askAndWait('Which nodes have free GPUs?')
  await expect(chat.answer).toContainText('gpu-')
  await expect(chat.answer.locator('canvas, svg[role="img"]')).toHaveCount(0)
})

/** English that is no name: of the product, of the fleet, or of a thing that German engineers call so */
const english =
  /\b(the|and|with|nothing|waiting|waits|loading|settings|search|new chat|conversation|approve|deny|nodes? with|free|show|close|keyboard|shortcuts?|theme|language|notifications|answers?|open|save|change|cancel|what|which|of|for|are|is|has|have|not|your|this|from|by)\b/gi

/** What a person reads, without code, what the fleet or a person said, and the names of languages */
const readable = (page: Page) =>
  page.evaluate(() => {
    // Conversations are called what was asked in them
    const skip =
      'code, pre, kbd, [lang="en"], textarea, .because, script, style, noscript, a[href^="/c/"], [aria-haspopup="menu"]'
    const texts: string[] = []
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const { parentElement } = node
      const text = node.textContent?.trim() ?? ''
      if (!text || !parentElement || parentElement.closest(skip) || !parentElement.checkVisibility()) continue
      texts.push(text)
    }
    for (const one of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      if (one.closest(skip)) continue
      for (const name of ['aria-label', 'title', 'placeholder'])
        if (one.checkVisibility() && one.getAttribute(name)) texts.push(one.getAttribute(name)!)
    }
    return texts
  })

async function expectGerman(page: Page, allowed: RegExp = /^$/) {
  const left = (await readable(page)).filter((text) => !allowed.test(text) && (text.match(english) ?? []).length > 0)
  expect(left, new URL(page.url()).pathname).toEqual([])
}

test('German: asking, deciding and the settings, with no English left on those screens (UIX)', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await like(page, product, { language: 'de' })
  await page.goto(`${product.url}/settings`)
  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await expect(page.getByRole('heading', { level: 1, name: 'Einstellungen' })).toBeVisible()
  await expectGerman(page)
  await page.goto(product.url)
  await expect(page.getByRole('textbox', { name: 'Nachricht' })).toBeVisible()
  // What is suggested is the question of a person, in the language of the personas
  await expectGerman(page, /\?$|Deploy Qwen3-8B|GPU|XID|Embedded/)

  const box = page.getByRole('textbox', { name: 'Nachricht' })
  await box.fill('Deploy Qwen3-0.6B on one GPU in gpu-west')
  await box.press('Enter')
  await expect(page.getByRole('article', { name: 'Quartermaster' }).last()).toHaveAttribute('aria-busy', 'false', slow)
  await expect(page.getByRole('button', { name: /^Ablehnen/ }).first()).toBeVisible(slow)
  await page.goto(`${product.url}/approvals`)
  await expect(page.getByRole('heading', { level: 1, name: 'Freigaben' })).toBeVisible()
})
