import { expect, type Product, test } from './product.ts'

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
