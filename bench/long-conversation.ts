import type { Page } from 'playwright'
import { startBrowser } from './browser.ts'
import { atMost, type Measure, median, rounded } from './measure.ts'
import { startWholeProduct } from './whole-product.ts'
import { writeConversation } from './written-conversation.ts'

const turns = 500
const cards = 200
const rounds = 5
/** By then the turns that follow by themselves are there */
const restMs = 4_000

/** In the page: until the last turn is drawn in sight and the box takes words, ms since it was asked for. */
function untilOpen(since: 'navigation' | number): Promise<number> {
  return new Promise((resolve) => {
    const began = since === 'navigation' ? 0 : since
    const look = () => {
      const last = [...document.querySelectorAll('article')].at(-1)
      const box = document.querySelector<HTMLTextAreaElement>('form textarea')
      const go = document.querySelector<HTMLButtonElement>('form button[type=submit]')
      if (last && box && go && last.getBoundingClientRect().top < innerHeight) {
        box.value = 'x'
        box.dispatchEvent(new Event('input', { bubbles: true }))
        if (!go.disabled) {
          box.value = ''
          box.dispatchEvent(new Event('input', { bubbles: true }))
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)))
          return
        }
      }
      setTimeout(look, 4)
    }
    look()
  })
}

/** From the list of conversations, as one clicks. */
async function byClick(page: Page, url: string, id: string): Promise<number> {
  await page.goto(`${url}/`)
  const link = page.locator(`a[href="/c/${id}"]`).first()
  await link.waitFor()
  await page.waitForTimeout(500)
  const open = page.evaluate(
    ([path, look]) =>
      new Promise<number>((resolve) => {
        const untilOpen = new Function(`return (${look})`)() as (since: number) => Promise<number>
        const began = performance.now()
        document.querySelector<HTMLAnchorElement>(`a[href="${path}"]`)?.click()
        const there = () => (document.querySelector('article') ? resolve(untilOpen(began)) : setTimeout(there, 4))
        there()
      }),
    [`/c/${id}`, untilOpen.toString()] as const,
  )
  return open
}

export const longConversation: Measure = {
  id: 'long-conversation',
  title: `a conversation of ${turns} turns with ${cards} cards, opened in Chromium`,
  ui: true,
  async run(bench) {
    const id = await writeConversation(bench, { turns, cards })
    const product = await startWholeProduct(bench)
    const browser = await startBrowser(bench)
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
    page.setDefaultTimeout(30_000)
    const loads: number[] = []
    const clicks: number[] = []
    for (let round = 0; round <= rounds; round++) {
      await page.goto(`${product.url}/c/${id}`, { waitUntil: 'commit' })
      const loadMs = await page.evaluate(untilOpen, 'navigation' as const)
      const clickMs = await byClick(page, product.url, id)
      // The first one loads code
      if (round === 0) continue
      loads.push(loadMs)
      clicks.push(clickMs)
    }
    const drawn = await page.locator('[data-turn]').count()
    await page.waitForTimeout(restMs)
    const later = await page.locator('[data-turn]').count()
    return [
      {
        name: 'its page, from the request to a composer that takes words',
        value: rounded(median(loads)),
        unit: 'ms',
        target: atMost(400),
        comparedWith: `${rounded(Math.max(...loads))} ms the slowest of ${rounds}`,
      },
      {
        name: 'from the list, by click',
        value: rounded(median(clicks)),
        unit: 'ms',
        target: atMost(400),
        comparedWith: `${rounded(Math.max(...clicks))} ms the slowest of ${rounds}`,
      },
      {
        name: 'turns in the page by then',
        value: drawn,
        comparedWith: `${later} when it has rested for ${restMs / 1_000} s`,
      },
    ]
  },
}
