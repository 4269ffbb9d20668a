import type { Page } from '@playwright/test'
import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

/** A card by its heading; the table inside it is a region too */
const card = (page: Page, name: RegExp) => page.getByRole('region', { name }).first()
/** The whole fleet is asked, on a machine that does other things as well: a page asks again where one was too slow */
const slow = { timeout: 60_000 }

/** A card below the fold asks when it is scrolled to; until then it stands there under its name on the page */
const reach = (page: Page, name: RegExp) => card(page, name).scrollIntoViewIfNeeded({ timeout: 20_000 })

test.describe.configure({ timeout: 180_000 })

test('the fleet: totals, a tile for each cluster, what is failing; a tile leads to its cluster', async ({ chat }) => {
  const { page } = chat
  await page.getByRole('link', { name: 'Fleet' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Fleet' })).toBeVisible()
  // other journeys may have registered one more
  await expect(card(page, /^\d clusters/)).toContainText('240', slow)
  await expect(card(page, /failing pods/)).toContainText('CrashLoopBackOff', slow)
  await page.getByRole('link', { name: /GPU East/ }).click()
  await expect(page).toHaveURL(/\/fleet\/gpu-east$/)
  await expect(card(page, /GPU East/)).toContainText('API server', slow)
  await page.getByRole('link', { name: 'Credentials' }).click()
  await expect(page.getByRole('heading', { name: 'Credentials of GPU East' })).toBeVisible(slow)
})

test('a row leads on: a failing pod to the question why, which is not sent by itself', async ({ chat, product }) => {
  const { page } = chat
  await page.goto(`${product.url}/fleet`)
  await card(page, /failing pods/)
    .getByRole('button', { name: /^Deployment\// })
    .first()
    .click(slow)
  await expect(chat.composer).toHaveValue(/^Why is pod .+\/.+\/.+ failing\?$/)
  await expect(chat.composer).toBeFocused()
  await expect(page.getByRole('article')).toHaveCount(0)
})

test('register a cluster: a form that checks the name, a plan, a person who denies it', async ({ chat, product }) => {
  const { page } = chat
  await page.goto(`${product.url}/fleet`)
  await page.getByRole('button', { name: 'Register a cluster…' }).click()
  await page.getByLabel('Name', { exact: false }).first().fill('Lab 9')
  await expect(page.getByText('3 to 63 of a-z')).toBeVisible()
  await page.getByLabel('Name', { exact: false }).first().fill('lab-9')
  await page.getByLabel('Address of its API server').fill('https://127.0.0.1:9')
  await page.getByLabel('Type').selectOption('edge')
  await page.getByRole('button', { name: 'Plan the registration' }).click()
  const plan = card(page, /^Register a cluster$/)
  await expect(plan).toContainText('Register lab-9, a edge', slow)
  await plan.getByRole('button', { name: 'Deny…' }).click()
  await plan.getByRole('button', { name: 'Deny', exact: true }).click()
  await expect(plan).toContainText('denied')
})

test('alerts: filter, open one, which reads it, plan a silence, mark the rest as read', async ({ chat, product }) => {
  const { page } = chat
  const places = page.getByRole('navigation', { name: 'Conversations' })
  await page.goto(`${product.url}/alerts`)
  const alerts = card(page, /^Alerts$/)
  await expect(alerts.getByRole('status')).toContainText(/\d+ alerts, \d+ unread/, slow)
  const unread = async () => Number(/(\d+) unread/.exec(await alerts.getByRole('status').innerText())?.[1])
  const before = await unread()
  expect(before).toBeGreaterThan(5)
  await expect(places.getByRole('link', { name: /^Alerts \d+ unread/ })).toBeVisible(slow)

  await alerts.getByLabel('Cluster').selectOption('gpu-east')
  await expect(page).toHaveURL(/cluster=gpu-east/)
  await alerts.getByRole('searchbox').fill('GpuHighTemperature')
  await expect(alerts.getByRole('status')).toContainText(/^1 of/)
  await alerts.getByRole('link', { name: /GpuHighTemperature/ }).click()

  await expect(page).toHaveURL(/\/alerts\/gpu-east\/[0-9a-f]+$/)
  await expect(page.getByRole('heading', { level: 1, name: 'GpuHighTemperature' })).toBeVisible(slow)
  const one = card(page, /^GpuHighTemperature on gpu-east$/)
  await expect(one).toContainText('DCGM_FI_DEV_GPU_TEMP > 88')
  await expect(one).toContainText('Nothing silences it.')
  await expect(card(page, /^What the rule measures$/)).toBeVisible(slow)
  await page.getByRole('button', { name: 'Silence…' }).click()
  await page.getByLabel('Why').fill('Fan is being replaced')
  await page.getByRole('button', { name: 'Plan the silence' }).click()
  const plan = card(page, /^Silence alerts$/)
  await expect(plan).toContainText('waits for you', slow)
  await plan.getByRole('button', { name: 'Silence 1 alert' }).click()
  await expect(plan).toContainText('Silenced 1 alert on gpu-east', slow)

  await page.getByRole('link', { name: 'All alerts' }).click()
  await expect(alerts.getByRole('status')).toContainText(/\d+ alerts, \d+ unread/, slow)
  expect(await unread()).toBeLessThan(before)
  await alerts.getByRole('button', { name: 'Mark all as read' }).click()
  await expect(alerts.getByRole('status')).toContainText(' 0 unread', slow)
  await expect(alerts.getByRole('status')).toContainText('marked as read')
  await expect(places.getByRole('link', { name: /unread/ })).toHaveCount(0, slow)
  await page.reload()
  await expect(alerts.getByRole('status')).toContainText(/ 0 unread/, slow)
})

test('GPUs follow the exporter by themselves; a node shows its GPUs, processes and last hour', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await page.goto(`${product.url}/gpus`)
  const nodes = card(page, /^GPU nodes$/)
  const seen = nodes.locator('time')
  await expect(seen).toHaveText(/\d\d:\d\d:\d\d/, slow)
  const first = await seen.getAttribute('datetime')
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('get_gpu_nodes')) asked.push(request.url())
  })
  await expect(seen).not.toHaveAttribute('datetime', first ?? '', { timeout: 40_000 })
  expect(asked).toEqual([])
  await nodes.getByRole('button', { name: 'Only troubled' }).click()
  await nodes.getByRole('link', { name: /gpu-east-h100-07/ }).click()
  await expect(page).toHaveURL(/\/gpus\/gpu-east\/gpu-east-h100-07$/)
  await expect(page.getByRole('article', { name: /^GPU \d$/ })).toHaveCount(8, slow)
  await expect(page.getByRole('article', { name: 'GPU 2' })).toContainText('hot')
  await reach(page, /^Temperature/)
  await expect(card(page, /^Temperature by GPU, last hour$/)).toContainText('°C', slow)
  await reach(page, /processes$/i)
  await expect(card(page, /GPU processes/)).toBeVisible(slow)
})

for (const colorScheme of ['light', 'dark'] as const)
  test(`${colorScheme}: no serious finding of axe, nothing sideways on a phone`, async ({ chat, product }) => {
    const { page } = chat
    await page.emulateMedia({ colorScheme })
    const paths = ['/fleet', '/fleet/gpu-east', '/gpus', '/gpus/gpu-east/gpu-east-h100-07', '/alerts']
    for (const [index, path] of paths.entries()) {
      await page.setViewportSize(index % 2 === 0 ? { width: 390, height: 844 } : { width: 1280, height: 860 })
      await page.goto(`${product.url}${path}`)
      await expect(page.locator('main').getByRole('region').first()).toBeVisible(slow)
      await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0, slow)
      expect(await seriousFindings(page), path).toEqual([])
      await page.setViewportSize({ width: 390, height: 844 })
      const overflow = await page.evaluate(() =>
        Math.max(
          ...[document.documentElement, document.querySelector('main')!].map((e) => e.scrollWidth - e.clientWidth),
        ),
      )
      expect(overflow, path).toBeLessThanOrEqual(0)
    }
  })

/** Each in every theme; axe looks at one width a visit, which goes round over the themes, so that each is looked at in all three */
const routes = [
  ...['/', '/fleet', '/fleet/gpu-east', '/fleet/gpu-east/credentials', '/gpus', '/gpus/gpu-east/gpu-east-h100-07'],
  ...['/models', '/models/Qwen/Qwen3-8B', '/deployments', '/deployments/new?model=Qwen/Qwen3-8B', '/alerts'],
  ...['/approvals', '/dashboards', '/personas', '/settings', '/traces/gpu-east/abc', '/nowhere'],
]
const widths = [390, 820, 1280]
const choose = (page: Page, theme: string) =>
  page.evaluate(async (chosen) => {
    const response = await fetch('/api/v1/chat/preferences', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      body: JSON.stringify({ theme: chosen }),
    })
    if (!response.ok) throw new Error(await response.text())
  }, theme)

for (const [turn, theme] of (['light', 'dark', 'contrast'] as const).entries())
  test(`${theme}: no serious finding of axe on any route, nothing sideways at any width (UIX)`, async ({
    chat,
    product,
  }) => {
    const { page } = chat
    await choose(page, theme)
    for (const [index, path] of routes.entries()) {
      const width = widths[(index + turn) % widths.length] ?? 390
      await page.setViewportSize({ width, height: 860 })
      await page.goto(`${product.url}${path}`)
      await expect(page.locator('main').getByRole('heading', { level: 1 })).toBeVisible(slow)
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
      expect(await seriousFindings(page), `${path} ${width}`).toEqual([])
      for (const one of widths) {
        await page.setViewportSize({ width: one, height: 860 })
        const overflow = await page.evaluate(() =>
          Math.max(
            ...[document.documentElement, document.querySelector('main')!].map((e) => e.scrollWidth - e.clientWidth),
          ),
        )
        expect(overflow, `${path} ${one}`).toBeLessThanOrEqual(0)
      }
    }
    await choose(page, 'auto')
  })

// Last: the fault stays for the rest of the world's life
test('a cluster that goes down shows it on its tile without a question', async ({ chat, product }) => {
  const { page } = chat
  await page.goto(`${product.url}/fleet`)
  const tile = page.getByRole('link', { name: /^Hub/ })
  await expect(tile).toContainText('online', slow)
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('list_clusters')) asked.push(request.url())
  })
  const { ok } = await chat.fault(product, { kind: 'dead-cluster', target: { cluster: 'hub' } })
  expect(ok).toBe(true)
  // The loop looks at a hub four times a minute
  await expect(tile).toContainText('offline', { timeout: 90_000 })
  expect(asked).toEqual([])
})
