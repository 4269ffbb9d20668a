import type { Browser } from 'playwright'
import { startBrowser } from './browser.ts'
import { atMost, type Measure, median, rounded } from './measure.ts'
import { slowDown } from './slow-device.ts'
import { startWholeProduct } from './whole-product.ts'

const rounds = 5
/** Measured with the same settings on the same class of machine; see the reference of the project */
const peer = 'HF chat-ui 3,160 to 3,260 ms, measured by us on the same class of machine'
const peerBlocking = 'HF chat-ui 250 to 354 ms, measured by us on the same class of machine'

interface Seen {
  usable?: number
  blocking: number
}

/** Runs before the page: notes when the box first takes words, and how long tasks held the page up. */
function watch() {
  const seen: Seen = { blocking: 0 }
  Object.assign(window, { seen })
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.blocking += Math.max(0, duration - 50)
  }).observe({ type: 'longtask', buffered: true })
  const look = () => {
    const box = document.querySelector<HTMLTextAreaElement>('form textarea')
    const go = document.querySelector<HTMLButtonElement>('form button[type=submit]')
    if (box && go) {
      box.value = 'x'
      box.dispatchEvent(new Event('input', { bubbles: true }))
      if (!go.disabled) {
        seen.usable = performance.now()
        return
      }
    }
    setTimeout(look, 20)
  }
  addEventListener('DOMContentLoaded', look)
}

async function openOnce(browser: Browser, url: string) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  const page = await context.newPage()
  await slowDown(page, { network: true })
  await page.addInitScript(watch)
  await page.goto(url, { waitUntil: 'commit', timeout: 60_000 })
  await page.waitForFunction(() => (window as unknown as { seen: Seen }).seen.usable !== undefined, null, {
    timeout: 60_000,
  })
  await page.waitForTimeout(2_500)
  const figures = await page.evaluate(() => ({
    ...(window as unknown as { seen: Seen }).seen,
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  }))
  await context.close()
  return figures
}

export const firstPaint: Measure = {
  id: 'first-paint',
  title: 'the first page on a slow phone: slow 4G, processor at a fourth, nothing cached',
  ui: true,
  async run(bench) {
    const product = await startWholeProduct(bench)
    const browser = await startBrowser(bench)
    await openOnce(browser, `${product.url}/`)
    const all: Awaited<ReturnType<typeof openOnce>>[] = []
    for (let round = 0; round < rounds; round++) all.push(await openOnce(browser, `${product.url}/`))
    const of = (pick: (one: (typeof all)[number]) => number) => rounded(median(all.map(pick)))
    return [
      { name: 'first paint', value: of(({ paint }) => paint), unit: 'ms', target: atMost(900), comparedWith: peer },
      {
        name: 'composer takes words and would send them',
        value: of(({ usable }) => usable ?? 0),
        unit: 'ms',
        target: atMost(1_500),
        comparedWith: peer,
      },
      {
        name: 'blocking time',
        value: of(({ blocking }) => blocking),
        unit: 'ms',
        target: atMost(100),
        comparedWith: peerBlocking,
      },
    ]
  },
}
