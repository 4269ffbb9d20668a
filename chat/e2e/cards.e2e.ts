import type { Page } from '@playwright/test'
import { startScriptedModel } from '../testing/model-server.ts'
import { seriousFindings } from './axe.ts'
import { expect, type Product, startProduct, test } from './product.ts'

const card = (product: Product) => `${product.url}/card?tool=list_nodes&input=${encodeURIComponent('{"limit":40}')}`

test('the menu of a card works by keyboard and gives the focus back', async ({ page, product }) => {
  test.setTimeout(90_000)
  await page.goto(`${product.url}/gallery?kind=nodes`)
  const shown = page.getByRole('region', { name: 'nodes: example' })
  const button = shown.getByRole('button', { name: /^Card menu/ })
  await button.focus()
  await page.keyboard.press('ArrowDown')
  const menu = page.getByRole('menu')
  await expect(menu.getByRole('menuitem').first()).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(menu.getByRole('menuitem').nth(1)).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toHaveCount(0)
  await expect(button).toBeFocused()

  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Open beside the conversation' }).press('Enter')
  const canvas = page.getByRole('heading', { name: 'Beside the conversation' })
  await expect(canvas).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(canvas).toHaveCount(0)
  await expect(button).toBeFocused()
})

test('rows of nodes are sorted and filtered by keyboard, and say what their GPUs do', async ({ page, product }) => {
  test.setTimeout(90_000)
  await page.goto(card(product))
  const table = page.getByRole('grid')
  await expect(table).toBeVisible({ timeout: 40_000 })
  // On a machine that is busy the measurements may take longer than the list waits: then the cell says that
  const busy = table.getByRole('img', { name: /^Utilisation by GPU/ }).or(table.getByText('did not answer within'))
  await expect(busy.first()).toBeVisible()
  const sort = table.getByRole('columnheader', { name: 'Node' }).getByRole('button')
  await sort.focus()
  await page.keyboard.press('Enter')
  await expect(table.getByRole('columnheader', { name: 'Node' })).toHaveAttribute('aria-sort', 'ascending')
  await page.getByRole('searchbox', { name: /^Filter/ }).fill('cluster:gpu-west')
  await expect(table.getByRole('row').nth(1)).toContainText('gpu-west')
  await expect(table.getByRole('row').filter({ hasText: 'gpu-east' })).toHaveCount(0)
})

const example = (page: Page, kind: string) => page.getByRole('region', { name: `${kind}: example` })
const slow = { timeout: 40_000 }

async function openExample(page: Page, product: Product, kind: string) {
  await page.goto(`${product.url}/gallery?kind=${kind}`)
  const shown = example(page, kind)
  const button = shown.getByRole('button', { name: /^Card menu/ })
  await expect(button).toBeVisible(slow)
  return { shown, button }
}

test('a card is copied as Markdown, CSV and JSON, and shown as text only', async ({ page, product, context }) => {
  test.setTimeout(90_000)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: product.url })
  const { shown, button } = await openExample(page, product, 'nodes')
  const copied = async (form: string) => {
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: `Copy as ${form}` }).press('Enter')
    await expect(shown.getByRole('status').filter({ hasText: `${form} copied` })).toHaveCount(1)
    return page.evaluate(() => navigator.clipboard.readText())
  }
  const name = (await shown.getByRole('gridcell').first().textContent())?.trim() ?? '?'
  expect(await copied('Markdown')).toMatch(/^\|.*\|$/m)
  const csv = await copied('CSV')
  expect(csv.split('\n')[0]).toContain(',')
  expect(csv).toContain(name)
  expect(JSON.stringify(JSON.parse(await copied('JSON')))).toContain(name)

  await button.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitemcheckbox', { name: 'Text only' }).press('Enter')
  await expect(shown.getByRole('grid')).toHaveCount(0)
  await expect(shown).toContainText(name)
})

test('Ctrl+. closes what is open beside the conversation, and the focus is where it was', async ({ page, product }) => {
  const { button } = await openExample(page, product, 'table')
  await button.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Open beside the conversation' }).press('Enter')
  const canvas = page.getByRole('heading', { name: 'Beside the conversation' })
  await expect(canvas).toBeVisible()
  await page.keyboard.press('Control+.')
  await expect(canvas).toHaveCount(0)
  await expect(button).toBeFocused()
})

test('columns are chosen by keyboard', async ({ page, product }) => {
  const { shown } = await openExample(page, product, 'nodes')
  const heads = shown.getByRole('columnheader')
  await expect(shown.getByRole('grid')).toBeVisible(slow)
  const before = await heads.count()
  await shown.getByRole('button', { name: /^Columns/ }).focus()
  await page.keyboard.press('Enter')
  const item = page.getByRole('menuitemcheckbox', { name: 'Cluster', exact: true })
  await item.press('Enter')
  await expect(item).toHaveAttribute('aria-checked', 'false')
  await page.keyboard.press('Escape')
  await expect(heads).toHaveCount(before - 1)
  await expect(shown.getByRole('columnheader', { name: 'Cluster' })).toHaveCount(0)
})

test('a chart is zoomed by keyboard, and its window is explained', async ({ page, product }) => {
  test.setTimeout(90_000)
  const { button } = await openExample(page, product, 'time-series')
  await button.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Open beside the conversation' }).press('Enter')
  const canvas = page.locator('.drawer')
  await canvas.getByRole('button', { name: 'Zoom in' }).press('Enter')
  const told = canvas.getByRole('group', { name: 'Time' }).getByRole('status')
  await expect(told).toContainText(' to ')
  const half = await told.textContent()
  await canvas.getByRole('button', { name: 'Earlier' }).press('Enter')
  await expect(told).not.toHaveText(half ?? '')
  await canvas.getByRole('button', { name: 'Explain this window' }).press('Enter')
  // Outside a conversation it waits in the composer, for the person to send
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue(
    /^What happened between \S+ and \S+ in `/,
    slow,
  )
})

test('a chart lists the changes that ran in its time', async ({ page, product }) => {
  test.setTimeout(120_000)
  const headers = { 'content-type': 'application/json', 'x-quartermaster': '1' }
  const change = JSON.stringify({ cluster: 'gpu-west', name: 'gpu-west-l40s-01' })
  const post = (path: string, body: string) => fetch(`${product.url}/api/v1/${path}`, { method: 'POST', headers, body })
  const { approval } = await (await post('tools/cordon_node', change)).json()
  expect((await post(`approvals/${approval.id}/decision`, '{"approve":true}')).status).toBe(200)
  await expect
    .poll(async () => (await (await fetch(`${product.url}/api/v1/approvals?state=succeeded`)).json()).data?.rows.length)
    .toBe(1)
  const input = { query: 'DCGM_FI_DEV_GPU_UTIL{gpu="0"}', clusters: ['gpu-west'], since: '30m', step: '30s' }
  await page.goto(`${product.url}/card?tool=query_metrics&input=${encodeURIComponent(JSON.stringify(input))}`)
  // The last point of a chart is up to a step old, and so may be older than the change
  await expect(async () => {
    await page.reload()
    await page.getByText('1 change in this time').click({ timeout: 15_000 })
  }).toPass({ timeout: 80_000 })
  const listed = page.getByRole('listitem').filter({ hasText: 'in gpu-west, by' })
  await expect(listed.getByRole('link')).toHaveAttribute('href', `/approvals/${approval.id}`)
})

test('the link of a card opens the same card; one that is unknown is not found', async ({ chat, product, context }) => {
  test.setTimeout(120_000)
  const { page } = chat
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: product.url })
  await chat.askAndWait('Which nodes have free GPUs?')
  const card = chat.answer
    .locator('section')
    .filter({ has: page.getByRole('grid') })
    .first()
  const title = (await card.getByRole('heading', { level: 3 }).textContent()) ?? '?'
  await card.getByRole('button', { name: /^Card menu/ }).press('Enter')
  await page.getByRole('menuitem', { name: 'Copy link' }).press('Enter')
  await expect(card.getByText('Link copied').first()).toBeVisible()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  const other = await context.newPage()
  await other.goto(link)
  await expect(other.locator('.drawer').getByRole('heading', { level: 3, name: title })).toBeVisible(slow)
  const unknown = link.replace(/\/c\/[^?]+/, '/c/00000000-0000-4000-8000-000000000000')
  expect((await other.goto(unknown))?.status()).toBe(404)
})

test('rows that are chosen become words, the words a plan; nothing acts', async ({ page }) => {
  test.setTimeout(120_000)
  const model = await startScriptedModel(({ messages }) => {
    const last = messages.at(-1)
    const text = JSON.stringify(last?.role === 'user' ? last.content : '')
    const [, name, cluster] = /Cordon (\S+) in ([\w-]+)/.exec(text) ?? []
    if (name) return { tools: [{ name: 'cordon_node', arguments: JSON.stringify({ cluster, name }) }] }
    return last?.role === 'user' ? { tools: [{ name: 'list_nodes', arguments: '{"limit":20}' }] } : { text: 'Noted.' }
  })
  const product = await startProduct({ LLM_BASE_URL: model.url, LLM_MODEL: 'scripted' })
  try {
    const states = async () => {
      const { data } = await (await fetch(`${product.url}/api/v1/nodes?limit=200`)).json()
      return data.nodes.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`).sort()
    }
    const before = await states()
    await page.goto(product.url)
    const box = page.getByRole('textbox', { name: 'Message' })
    await box.fill('Which nodes are there?')
    await box.press('Enter')
    await page
      .getByRole('checkbox', { name: /^Select gpu-west-/ })
      .first()
      .press('Space', slow)
    await page.getByRole('button', { name: 'Cordon…', exact: true }).press('Enter')
    await expect(box).toHaveValue(/^Cordon \S+ in gpu-west/)
    await box.press('Enter')
    await expect(page.getByRole('group', { name: /^Approval: / })).toBeVisible(slow)
    expect(await states()).toEqual(before)
  } finally {
    await product.stop()
    await model.close()
  }
})

test('axe finds nothing in the gallery with a card beside it, in any look', async ({ page, product }) => {
  test.setTimeout(150_000)
  const { button } = await openExample(page, product, 'nodes')
  await button.press('Enter')
  await page.getByRole('menuitem', { name: 'Open beside the conversation' }).press('Enter')
  await expect(page.getByRole('heading', { name: 'Beside the conversation' })).toBeVisible()
  for (const theme of ['light', 'dark', 'contrast']) {
    await page.evaluate((name) => {
      document.documentElement.dataset.theme = name
    }, theme)
    await page.waitForTimeout(300)
    expect(await seriousFindings(page), theme).toEqual([])
  }
})
