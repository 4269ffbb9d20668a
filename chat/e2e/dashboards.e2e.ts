import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 180_000 })

test('a card of a conversation is pinned from its menu', async ({ chat }) => {
  const { page } = chat
  await chat.askAndWait('Which nodes have free GPUs?')
  await chat.answer
    .getByRole('button', { name: /^Card menu/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: 'Pin to a dashboard' }).click()
  const dialog = page.getByRole('dialog', { name: 'Pin to a dashboard' })
  await dialog.getByLabel('Title of the card').fill('Free GPUs')
  await dialog.getByLabel('Name of the dashboard').fill('From a card')
  await dialog.getByRole('button', { name: 'Pin' }).click()
  await dialog.getByRole('link', { name: 'Open it' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'From a card' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Free GPUs' })).toBeVisible({ timeout: 60_000 })
})

test('a card is asked over the time of the address, moved by key, and stays so', async ({ chat, product }) => {
  const { page } = chat
  const pinned = { id: 'free', tool: 'list_nodes', input: { limit: 20 }, title: 'Free GPUs', x: 0, y: 0, w: 6, h: 6 }
  const made = await page.request.post(`${product.url}/api/v1/chat/dashboards`, {
    headers: { 'x-quartermaster': '1', origin: product.url },
    data: { title: 'Nights', cards: [pinned] },
  })
  const { id } = (await made.json()) as { id: string }
  await page.goto(`${product.url}/dashboards/${id}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Nights' })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Free GPUs' })).toBeVisible({ timeout: 60_000 })

  await page.getByRole('button', { name: '6h', exact: true }).click()
  await expect(page).toHaveURL(/range=6h/)
  await page.reload()
  await expect(page.getByRole('button', { name: '6h', exact: true })).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByRole('region', { name: 'Free GPUs' })).toBeVisible({ timeout: 60_000 })

  await page.getByRole('button', { name: 'Arrange' }).click()
  const handle = page.getByRole('button', { name: 'Move or resize Free GPUs' })
  await handle.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(page.getByText('Free GPUs: column 2, row 1, 6 wide, 7 high')).toBeAttached()
  await expect(handle).toBeFocused()
  // saved a moment later, and there for another window
  await expect(async () => {
    const { dashboards } = (await (await page.request.get(`${product.url}/api/v1/chat/dashboards`)).json()) as {
      dashboards: { title: string; cards: object[] }[]
    }
    expect(dashboards.find(({ title }) => title === 'Nights')?.cards).toMatchObject([{ x: 1, y: 0, w: 6, h: 7 }])
  }).toPass({ timeout: 20_000 })
  expect(await seriousFindings(page)).toEqual([])
})

test('the fleet home is a dashboard that is duplicated to be changed; what was deleted comes back', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await page.goto(`${product.url}/dashboards/home`)
  await expect(page.getByRole('region', { name: 'Alerts', exact: true })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Duplicate to change' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Fleet home (copy)' })).toBeVisible()
  await page.getByLabel('More', { exact: true }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(page.getByText('“Fleet home (copy)” is deleted.')).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('link', { name: /Fleet home \(copy\)/ })).toBeVisible()
})

test('what changes cannot be pinned, not even by hand', async ({ chat, product }) => {
  const card = { id: 'a', tool: 'drain_node', input: {}, title: 'Drain', x: 0, y: 0, w: 6, h: 6 }
  const response = await chat.page.request.post(`${product.url}/api/v1/chat/dashboards`, {
    headers: { 'x-quartermaster': '1', origin: product.url },
    data: { title: 'No', cards: [card] },
  })
  expect(response.status()).toBe(400)
  expect(await response.json()).toMatchObject({
    error: { message: 'drain_node changes something, and a dashboard only reads.' },
  })
})
