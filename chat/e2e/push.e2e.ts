import type { Page } from '@playwright/test'
import { expect, test } from './product.ts'

test.describe.configure({ timeout: 180_000 })
const slow = { timeout: 60_000 }

/** The worker of the page, once it controls it */
async function registered(page: Page) {
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
}

const shown = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    return (await registration.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }))
  })

test('a browser that has no push service is told so in words (UIX)', async ({ chat, product, context }) => {
  const { page } = chat
  await context.grantPermissions(['notifications'], { origin: product.url })
  await page.goto(`${product.url}/settings`)
  await page.evaluate(async () => void (await navigator.serviceWorker.ready))
  const push = page.getByRole('region', { name: 'Push to devices' })
  await push.getByRole('button', { name: 'Tell this device' }).click(slow)
  await expect(push.getByRole('status')).toContainText(/push service of this browser|blocks notifications/, slow)
  await expect(push.getByText('No device is told yet.')).toBeVisible()
})

test('a push shows the approval that waits, and a press on it opens that approval in the page that is open', async ({
  chat,
  product,
  context,
}) => {
  const { page } = chat
  await context.grantPermissions(['notifications'], { origin: product.url })
  await registered(page)
  await chat.askAndWait('Deploy Qwen3-0.6B on one GPU in gpu-west')
  // What the server writes for the bell is what it pushes
  const notes = async () =>
    (await (await page.request.get(`${product.url}/api/v1/chat/notifications`)).json()).notes as {
      kind: string
      title: string
      body: string
      href: string
    }[]
  await expect.poll(async () => (await notes()).some(({ kind }) => kind === 'approval'), slow).toBe(true)
  const { title, body, href } = (await notes()).find(({ kind }) => kind === 'approval')!
  const tag = href.split('/').at(-1)!

  const cdp = await context.newCDPSession(page)
  const found = new Promise<string>((resolve) =>
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL }) => scopeURL.startsWith(product.url))
      if (own) resolve(own.registrationId)
    }),
  )
  await cdp.send('ServiceWorker.enable')
  const registrationId = await found
  const deliver = (data: string) =>
    cdp.send('ServiceWorker.deliverPushMessage', { origin: product.url, registrationId, data })
  await deliver(JSON.stringify({ title, body, href, tag }))
  await expect.poll(() => shown(page)).toEqual([{ title, body, tag, data: { href } }])
  // The same approval again takes the place of the first; what is no message of ours leads nowhere else
  await deliver(JSON.stringify({ title, body, href, tag }))
  await deliver(JSON.stringify({ title: 'Click me', href: 'https://elsewhere.example/', tag: 'x' }))
  await expect.poll(async () => (await shown(page)).map((one) => one.data.href).sort()).toEqual(['/approvals', href])

  await page.goto(`${product.url}/settings`)
  const [worker] = context.serviceWorkers()
  await worker!.evaluate(async (wanted) => {
    const scope = self as unknown as ServiceWorkerGlobalScope
    const all = await scope.registration.getNotifications()
    const notification = all.find((one) => (one.data as { href: string }).href === wanted)!
    scope.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
  }, href)
  await expect(page).toHaveURL(`${product.url}${href}`, slow)
  await expect(page.locator('main').getByRole('button', { name: /^Deny/ }).first()).toBeVisible(slow)
  expect((await shown(page)).map((one) => one.data.href)).toEqual(['/approvals'])
})
