import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { startBrowser } from './browser.ts'
import { atMost, type Measure, quantile, rounded } from './measure.ts'
import { startNode } from './processes.ts'
import { startWholeProduct } from './whole-product.ts'

const connections = 1_000
const alerts = 60
const everyMs = 250
const cluster = 'gpu-east'

/** In the page: notes when each of the alerts that are called Bench… is first in the document, milliseconds since 1970. */
function watchRows(): void {
  const seen = new Map<string, number>()
  Object.assign(window, { benchSeen: () => [...seen] })
  const look = () => {
    const now = Date.now()
    for (const [name] of document.body.textContent?.matchAll(/BenchAlert\d+/g) ?? [])
      if (!seen.has(name)) seen.set(name, now)
  }
  new MutationObserver(() => requestAnimationFrame(look)).observe(document.body, {
    subtree: true,
    childList: true,
    characterData: true,
  })
}

async function fire(url: string, alertname: string): Promise<void> {
  const body = [{ status: 'firing', labels: { alertname, severity: 'critical' }, startsAt: new Date().toISOString() }]
  const answer = await fetch(`${url}/api/v1/alerts/webhook/${cluster}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`the alert was not taken: ${answer.status} ${await answer.text()}`)
}

export const liveCard: Measure = {
  id: 'live-card',
  title: `event to browser card with ${connections} live connections`,
  async run(bench) {
    const product = await startWholeProduct(bench, { demo: true })
    const browser = await startBrowser(bench)
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } })
    await page.goto(`${product.url}/`)
    const composer = page.getByRole('textbox', { name: /message|ask/i }).last()
    await composer.fill('Which alerts are firing?')
    await composer.press('Enter')
    await page.getByText('KubePodCrashLooping').first().waitFor({ timeout: 60_000 })
    bench.say('a card with alerts is there')
    const plain = JSON.stringify({ url: product.url, connections: connections - 1, subject: 'alerts/alert/*' })
    const { child } = startNode(bench, ['bench/live-listeners.child.ts', plain])
    const [{ ready }] = (await once(child, 'message')) as [{ ready: number }]
    const status = (await (await fetch(`${product.url}/api/v1/streaming/status`)).json()) as {
      connections: { websocket: number }
    }
    bench.say(`${ready} plain clients listen; the server counts ${status.connections.websocket}`)
    if (status.connections.websocket < connections)
      throw new Error(`${status.connections.websocket} connections are open`)

    await page.evaluate(watchRows)
    const sentAt = new Map<string, number>()
    for (let number = 0; number < alerts; number++) {
      const name = `BenchAlert${number}`
      sentAt.set(name, Date.now())
      await fire(product.url, name)
      await pause(everyMs)
    }
    await pause(3_000)
    const seen = new Map(
      await page.evaluate(() => (window as unknown as { benchSeen(): [string, number][] }).benchSeen()),
    )
    child.send('count')
    const [{ received }] = (await once(child, 'message')) as [{ received: number }]
    const tookMs = [...sentAt].map(([name, at]) => (seen.get(name) ?? Number.POSITIVE_INFINITY) - at)
    const missed = tookMs.filter((ms) => ms === Number.POSITIVE_INFINITY).length
    if (missed > 0) throw new Error(`${missed} of ${alerts} alerts never came to the card`)
    return [
      {
        name: 'notification sent to row in the card, p95',
        value: rounded(quantile(tookMs, 0.95)),
        unit: 'ms',
        target: atMost(500),
      },
      { name: 'median', value: rounded(quantile(tookMs, 0.5)), unit: 'ms' },
      {
        name: 'events that the plain clients got',
        value: received,
        comparedWith: `${(connections - 1) * alerts} sent to them by this measure`,
      },
    ]
  },
}
