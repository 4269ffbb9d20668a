import { expect, test } from './product.ts'

test.describe.configure({ timeout: 180_000 })
const slow = { timeout: 60_000 }

test('without a network the page says so calmly; what is sent meanwhile is asked once when it is back (UIX)', async ({
  chat,
  context,
}) => {
  const { page } = chat
  await chat.askAndWait('How many nodes are there?')
  const offline = page.getByText('You are offline.')
  await expect(offline).toHaveCount(0)
  await context.setOffline(true)
  await expect(offline).toBeVisible()
  await chat.composer.fill('a draft')
  await page.waitForTimeout(400)
  await expect(chat.composer).toHaveValue('a draft')
  await chat.composer.fill('Which nodes have free GPUs?')
  await chat.composer.press('Enter')
  await expect(page.getByText('Which nodes have free GPUs?').last()).toBeVisible()
  await page.waitForTimeout(1_500)
  await context.setOffline(false)
  await expect(offline).toHaveCount(0)
  await expect(page.getByRole('article', { name: 'You' })).toHaveCount(2, slow)
  await expect(chat.answer).toContainText('gpu-', slow)
  await expect(chat.answer).toHaveAttribute('aria-busy', 'false', slow)
  await page.reload()
  await expect(page.getByRole('article', { name: 'You' })).toHaveCount(2, slow)
  await expect(page.getByRole('article', { name: 'Quartermaster' })).toHaveCount(2, slow)
})

test('a first question that cannot be sent stays in the box', async ({ chat, context }) => {
  const { page } = chat
  await chat.composer.fill('What is failing?')
  await context.setOffline(true)
  await chat.composer.press('Enter')
  await expect(page.getByRole('alert').filter({ hasText: 'The server cannot be reached' })).toBeVisible()
  await expect(chat.composer).toHaveValue('What is failing?')
  await context.setOffline(false)
  await chat.composer.press('Enter')
  await expect(page.getByRole('article', { name: 'You' })).toContainText('What is failing?', slow)
})

test('the app is installable, shows a calm page where the server is not reached, and comes back by itself (UIX)', async ({
  chat,
  context,
  product,
}) => {
  const { page } = chat
  const manifest = await (await page.request.get(`${product.url}/manifest.webmanifest`)).json()
  expect(manifest).toMatchObject({ start_url: '/', display: 'standalone', name: 'Quartermaster' })
  for (const { src, sizes } of manifest.icons as { src: string; sizes: string }[]) {
    const icon = await page.request.get(`${product.url}${src}`)
    expect([icon.status(), sizes], src).toEqual([200, expect.any(String)])
  }
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  await context.setOffline(true)
  await page.goto(`${product.url}/fleet`).catch(() => undefined)
  await expect(page.getByRole('heading', { name: 'No connection to Quartermaster' })).toBeVisible()
  await expect(page.getByText('Nothing of the fleet is shown')).toBeVisible()
  await context.setOffline(false)
  await expect(page.getByRole('heading', { level: 1, name: 'Fleet' })).toBeVisible(slow)
})

test('after an update nothing old is served: pages come from the server, and the worker takes over at once', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  const kept = await page.evaluate(async () => {
    const urls = []
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) urls.push(new URL(url).pathname)
    return urls
  })
  // Only what never changes under its name, and the page that says there is no connection
  expect(
    kept.filter(
      (path) => !path.startsWith('/_app/immutable/') && !/^\/(offline\.html|favicon\.svg|icon-192\.png)$/.test(path),
    ),
  ).toEqual([])
  const worker = await page.request.get(`${product.url}/service-worker.js`)
  expect(worker.headers()['cache-control'] ?? '').not.toMatch(/immutable|max-age=[1-9]\d{3}/)
  expect((await page.request.get(product.url)).headers()['cache-control'] ?? '').not.toMatch(/immutable|public/)
})
