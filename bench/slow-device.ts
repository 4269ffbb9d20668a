import type { Page } from 'playwright'

/** Lets a page run as on a slow phone: processor at a fourth; with `network` also slow 4G (1.6 Mbit/s down, 150 ms a round trip). */
export async function slowDown(page: Page, { network = false, times = 4 } = {}): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: times })
  if (!network) return
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: (1.6 * 1024 * 1024) / 8,
    uploadThroughput: (750 * 1024) / 8,
  })
}
