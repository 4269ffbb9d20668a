import type { Page } from '@playwright/test'
import { expect, test } from './product.ts'

/** A card by its heading; the table inside it is a region too */
const card = (page: Page, name: RegExp) => page.getByRole('region', { name }).first()

test('the fleet: totals, a tile for each cluster, what is failing; a tile leads to its cluster', async ({ chat }) => {
  const { page } = chat
  await page.getByRole('link', { name: 'Fleet' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Fleet' })).toBeVisible()
  await expect(card(page, /4 clusters/)).toContainText('240', { timeout: 30_000 })
  await expect(card(page, /failing pods/)).toContainText('CrashLoopBackOff', { timeout: 30_000 })
  await page.getByRole('link', { name: /GPU East/ }).click()
  await expect(page).toHaveURL(/\/fleet\/gpu-east$/)
  await expect(card(page, /GPU East/)).toContainText('API server', { timeout: 30_000 })
  await expect(page.getByRole('link', { name: 'Credentials' })).toBeVisible()
})

test('a cluster that goes down shows it on its tile without a question', async ({ chat, product }) => {
  test.setTimeout(180_000)
  const { page } = chat
  await page.goto(`${product.url}/fleet`)
  const tile = page.getByRole('link', { name: /^Hub/ })
  await expect(tile).toContainText('online', { timeout: 40_000 })
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('list_clusters')) asked.push(request.url())
  })
  await chat.fault(product, { kind: 'dead-cluster', cluster: 'hub' })
  // The loop looks at a hub four times a minute
  await expect(tile).toContainText('offline', { timeout: 90_000 })
  expect(asked).toEqual([])
})

test('GPUs and alerts, also on a phone', async ({ chat }) => {
  const { page } = chat
  await page.setViewportSize({ width: 390, height: 844 })
  for (const path of ['/gpus', '/alerts', '/fleet']) {
    await page.goto(new URL(path, page.url()).href)
    await expect(page.getByRole('region').first()).toBeVisible({ timeout: 30_000 })
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow, path).toBeLessThanOrEqual(0)
  }
})
