import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from '@playwright/test'
import { Chat, expect, type Product, startProduct, test } from './product.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const turns = 600
let folder: string
let product: Product
let long: string

test.beforeAll(async () => {
  test.setTimeout(180_000)
  folder = mkdtempSync(join(tmpdir(), 'quartermaster-history-'))
  // Through the store of the product: 300 answers of a model would take minutes
  const child = fork(join(root, 'bench/long-conversation.child.ts'), [folder, String(turns), '40'])
  const [{ id }] = (await once(child, 'message')) as [{ id: string }]
  await once(child, 'exit')
  long = id
  product = await startProduct({ QM_DATA_DIR: folder })
})
test.afterAll(async () => {
  await product?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

const open = async (page: Page, path = '/') => {
  await page.goto(`${product.url}${path}`)
  return new Chat(page)
}
const rail = (page: Page) => page.getByRole('navigation').first()
const row = (page: Page, title: string | RegExp) => rail(page).getByRole('listitem').filter({ hasText: title })
const turn = (page: Page, id: string) => page.locator(`[data-turn="${id}"]`)

async function menuOf(page: Page, title: string) {
  const button = row(page, title).getByRole('button', { name: /^Actions for/ })
  await button.focus()
  await button.press('Enter')
  return page.getByRole('menu')
}

test('what was said is found, marked, and jumped to (CHT-012)', async ({ page }) => {
  const chat = await open(page)
  await chat.askAndWait('Which nodes have free GPUs?')
  const first = page.url()
  await chat.askAndWait('Show firing alerts')
  await open(page)
  await rail(page).getByRole('searchbox').fill('"free gpus"')
  const hit = rail(page)
    .getByRole('link')
    .filter({ has: page.locator('mark') })
    .filter({ hasText: 'You' })
  await expect(hit.locator('mark').first()).toHaveText(/free gpus/i)
  await hit.first().click()
  await expect(page).toHaveURL(new RegExp(`${first.split('/').at(-1)}\\?m=`))
  await expect(page.getByRole('article', { name: 'You' }).filter({ hasText: 'free GPUs' })).toBeInViewport()
  await rail(page).getByRole('searchbox').fill('nobodysaidthis')
  await expect(rail(page).getByText('Nothing was said about')).toBeVisible()
  await rail(page).getByRole('searchbox').press('Escape')
  await expect(row(page, 'Which nodes have free GPUs?')).toBeVisible()
})

test('a conversation is renamed, pinned, deleted and taken back by keyboard', async ({ page }) => {
  const chat = await open(page)
  await chat.askAndWait('Is anything throttling?')
  const menu = await menuOf(page, 'Is anything throttling?')
  await expect(menu.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('Enter')
  const field = page.getByRole('textbox', { name: 'New name of the conversation' })
  await field.fill('Hot racks')
  await field.press('Enter')
  await expect(row(page, 'Hot racks')).toBeVisible()

  const pinning = await menuOf(page, 'Hot racks')
  await expect(pinning.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(rail(page).getByRole('heading', { name: 'Pinned' })).toBeVisible()
  await page.reload()
  await expect(rail(page).getByRole('heading', { name: 'Pinned' })).toBeVisible()
  await expect(row(page, 'Hot racks')).toBeVisible()

  const removing = await menuOf(page, 'Hot racks')
  await expect(removing.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(row(page, 'Hot racks').getByText('Deleted')).toBeVisible()
  await expect(row(page, 'Hot racks').getByRole('button', { name: 'Undo' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(row(page, 'Hot racks').getByRole('link')).toBeVisible()
  await page.waitForTimeout(9_000)
  await page.reload()
  await expect(row(page, 'Hot racks')).toBeVisible()
})

test('an earlier question is put differently; both ways stay, also after a reload', async ({ page }) => {
  const chat = await open(page)
  await chat.askAndWait('Show firing alerts')
  await chat.askAndWait('Which pods are crash looping?')
  const question = page.getByRole('article', { name: 'You' }).first()
  await question.hover()
  await question.getByRole('button', { name: 'Edit' }).click()
  await expect(chat.composer).toHaveValue('Show firing alerts')
  await chat.composer.fill('Which nodes have free GPUs?')
  await chat.composer.press('Enter')
  await expect(question).toContainText('Which nodes have free GPUs?')
  await expect(chat.answer).toHaveAttribute('aria-busy', 'false', { timeout: 40_000 })
  await expect(page.getByRole('article', { name: 'You' })).toHaveCount(1)
  await expect(question.getByRole('group', { name: 'Version 2 of 2' })).toBeVisible()

  await question.getByRole('button', { name: 'Previous version' }).click()
  await expect(question).toContainText('Show firing alerts')
  await expect(page.getByRole('article', { name: 'You' })).toHaveCount(2)
  await page.reload()
  await expect(question).toContainText('Show firing alerts')
  await expect(question.getByRole('group', { name: 'Version 1 of 2' })).toBeVisible()
  await expect(page.getByRole('article', { name: 'You' }).last()).toContainText('crash looping')
})

test('a long conversation opens at its end and loads what came before', async ({ page }) => {
  await open(page, `/c/${long}`)
  await expect(turn(page, `long-${turns - 1}`)).toBeInViewport()
  await expect(turn(page, 'long-500')).toHaveCount(0)
  for (let tries = 0; tries < 20 && (await turn(page, 'long-500').count()) === 0; tries++) {
    await page.getByRole('log').evaluate((box) => box.scrollTo(0, 0))
    await page.waitForTimeout(300)
  }
  await expect(turn(page, 'long-500')).toHaveCount(1)
  // Each once, in their order
  const ids = await page
    .locator('[data-turn]')
    .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.turn))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.map((id) => Number(id?.slice(5)))).toEqual(Array.from(ids, (_, index) => turns - ids.length + index))
})

test('a conversation stands at its end and looks as it should before any script has come', async ({ page }) => {
  await page.route('**/_app/immutable/**/*.js', (route) => route.abort())
  await open(page, `/c/${long}`)
  await expect(turn(page, `long-${turns - 1}`)).toBeInViewport()
  await expect(page.locator('form.composer')).toHaveCSS('border-top-style', 'solid')
})

test('a link to a message opens the conversation there', async ({ page }) => {
  await open(page, `/c/${long}?m=long-200`)
  await expect(turn(page, 'long-200')).toBeInViewport()
  await expect(turn(page, 'long-200')).toContainText('What about rack 200?')
})

test('the drawer of a phone shows at least eight conversations', async ({ page }) => {
  const made = await Promise.all(
    Array.from({ length: 9 }, async (_, index) => {
      const headers = { 'content-type': 'application/json' }
      const at = `${product.url}/api/v1/chat/sessions`
      const session = await fetch(at, { method: 'POST', headers, body: JSON.stringify({ title: `Night ${index}` }) })
      const { id } = (await session.json()) as { id: string }
      await fetch(`${at}/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ pinned: true }) })
      return id
    }),
  )
  await page.setViewportSize({ width: 390, height: 844 })
  await open(page, `/c/${long}`)
  await page.getByRole('button', { name: 'Conversations' }).first().click()
  await expect(row(page, 'Night 0')).toBeVisible()
  const seen = await rail(page)
    .locator('.list a[href^="/c/"]')
    .evaluateAll((all) => {
      const list = all[0]!.closest('.list')!.getBoundingClientRect()
      return all.filter((one) => one.getBoundingClientRect().bottom <= list.bottom).length
    })
  expect(seen).toBeGreaterThanOrEqual(8)
  for (const id of made) await fetch(`${product.url}/api/v1/chat/sessions/${id}`, { method: 'DELETE' })
})
