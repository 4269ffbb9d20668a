import { self } from '$app/service-worker'

// What of the product works without the server: its code, which never changes under its name, and a page that says that there is no
// connection. What is known of the fleet is never kept here: yesterday's state would look like today's.
const cacheName = 'quartermaster-1'
const offlinePage = '/offline.html'
const kept = [offlinePage, '/favicon.svg', '/icon-192.png']
/** Older files leave, so that updates do not pile up */
const mostFiles = 400

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(kept))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name)
      const cache = await caches.open(cacheName)
      const files = (await cache.keys()).filter(({ url }) => new URL(url).pathname.startsWith('/_app/'))
      for (const old of files.slice(0, -mostFiles)) await cache.delete(old)
      await self.clients.claim()
    })(),
  )
})

async function fromCacheFirst(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  const known = await cache.match(request)
  if (known) return known
  const response = await fetch(request)
  if (response.status === 200) await cache.put(request, response.clone())
  return response
}

async function pageOrOffline(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const page = await caches.match(offlinePage)
    if (page) return page
    throw error
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (url.pathname.startsWith('/_app/immutable/')) event.respondWith(fromCacheFirst(request))
  else if (request.mode === 'navigate') event.respondWith(pageOrOffline(request))
})

interface Message {
  title: string
  body: string
  href: string
  tag: string
}

/** A message is a path of this product and nothing else. */
function readMessage(data: PushMessageData | null): Message {
  try {
    const { title, body, href, tag } = (data?.json() ?? {}) as Partial<Message>
    if (typeof title === 'string' && typeof href === 'string' && /^\/(?!\/)/.test(href))
      return { title, href, body: String(body ?? ''), tag: String(tag ?? 'quartermaster') }
  } catch {
    // Something else than what our server sends.
  }
  return { title: 'Quartermaster', body: '', href: '/approvals', tag: 'quartermaster' }
}

self.addEventListener('push', (event) => {
  const { title, body, href, tag } = readMessage(event.data)
  // Deciding is never offered here: the page shows the plan first
  event.waitUntil(
    self.registration.showNotification(title, {
      body,
      tag,
      icon: '/icon-192.png',
      badge: '/icon-192.png',
      data: { href },
    }),
  )
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const { href } = event.notification.data as { href: string }
  event.waitUntil(
    (async () => {
      const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
      const shows = pages.find(({ url }) => new URL(url).pathname === href)
      const page = shows ?? pages[0]
      if (!page) {
        await self.clients.openWindow(href)
        return
      }
      // A system may refuse to bring a window to the front; it shows the right page all the same
      await page.focus().catch(() => undefined)
      if (!shows) await page.navigate(href).catch(() => self.clients.openWindow(href))
    })(),
  )
})
