export interface Device {
  id: string
  device: string
  createdAt: string
  lastSentAt?: string
  failures: number
}

const headers = { 'content-type': 'application/json', 'x-quartermaster': '1' }

/** Push needs a service worker, and so a secure page. */
export const pushSupported = (): boolean =>
  'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window

export async function readPush(): Promise<{ publicKey: string; devices: Device[] } | undefined> {
  const response = await fetch('/api/v1/chat/push').catch(() => undefined)
  return response?.ok ? ((await response.json()) as { publicKey: string; devices: Device[] }) : undefined
}

/** What people call this browser. */
function deviceName(): string {
  const agent = navigator.userAgent
  const browsers = { Firefox: /Firefox\//, Edge: /Edg\//, Chrome: /Chrome\//, Safari: /Safari\// }
  const systems = {
    iPhone: /iPhone/,
    iPad: /iPad/,
    Android: /Android/,
    macOS: /Mac OS/,
    Windows: /Windows/,
    Linux: /Linux/,
  }
  const first = (of: Record<string, RegExp>) => Object.entries(of).find(([, pattern]) => pattern.test(agent))?.[0]
  return `${first(browsers) ?? 'Browser'} · ${first(systems) ?? '?'}`
}

/** Asks the person and the browser's push service, then tells the server. `denied`: the person or the browser said no. */
export async function subscribePush(publicKey: string): Promise<'done' | 'denied' | 'failed'> {
  try {
    if ((await Notification.requestPermission()) !== 'granted') return 'denied'
    const worker = await navigator.serviceWorker.ready
    const subscription = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
    const { endpoint, keys } = subscription.toJSON()
    const response = await fetch('/api/v1/chat/push', {
      method: 'POST',
      headers,
      body: JSON.stringify({ endpoint, keys, device: deviceName() }),
    })
    if (response.ok) {
      const { id } = (await response.json()) as Device
      localStorage.setItem('push-device', id)
      return 'done'
    }
    await subscription.unsubscribe()
  } catch {
    // Said by the answer.
  }
  return 'failed'
}

/** Which of the devices this browser is */
export function ownDevice(): string | undefined {
  try {
    return localStorage.getItem('push-device') ?? undefined
  } catch {
    return undefined
  }
}

export async function removeDevice(id: string): Promise<boolean> {
  if (id === ownDevice()) {
    const worker = await navigator.serviceWorker?.getRegistration()
    await (await worker?.pushManager.getSubscription())?.unsubscribe().catch(() => undefined)
    localStorage.removeItem('push-device')
  }
  const response = await fetch(`/api/v1/chat/push/${id}`, { method: 'DELETE', headers }).catch(() => undefined)
  return response?.ok === true
}

export async function testPush(): Promise<{ sent: number; failed: number } | undefined> {
  const response = await fetch('/api/v1/chat/push/test', { method: 'POST', headers }).catch(() => undefined)
  return response?.ok ? ((await response.json()) as { sent: number; failed: number }) : undefined
}
