import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright'
import { startBrowser } from './browser.ts'
import { atMost, type Figure, type Measure, rounded } from './measure.ts'
import { newConversation, startWholeProduct } from './whole-product.ts'
import { writeConversation } from './written-conversation.ts'

const bytesPerKb = 1_000
const restMs = 1_500

interface Script {
  path: string
  bytes: number
  gzip: number
}

/** What a page loads before anybody does anything, nothing cached. Bytes */
async function loadOnce(browser: Browser, url: string) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const scripts: Promise<Script>[] = []
  const styles: Promise<number>[] = []
  let fonts = 0
  page.on('response', (response) => {
    const kind = response.request().resourceType()
    if (kind === 'font') fonts++
    if (kind === 'stylesheet') styles.push(response.body().then((body) => gzipSync(body).length))
    if (kind !== 'script' && !/javascript/.test(response.headers()['content-type'] ?? '')) return
    const path = new URL(response.url()).pathname
    scripts.push(response.body().then((body) => ({ path, bytes: body.length, gzip: gzipSync(body).length })))
  })
  await page.goto(url, { waitUntil: 'load' })
  await page.getByRole('textbox').last().waitFor()
  await page.waitForTimeout(restMs)
  const inlined = (selector: string) =>
    page.evaluate(
      (wanted) => [...document.querySelectorAll(wanted)].map((element) => element.textContent ?? '').join('\n'),
      selector,
    )
  const code = await inlined('script:not([src])')
  const style = await inlined('style')
  const loaded = await Promise.all(scripts)
  const css = await Promise.all(styles)
  await context.close()
  if (loaded.length === 0) throw new Error('the page loads no script')
  const sum = (all: number[]) => all.reduce((one, other) => one + other, 0)
  return {
    loaded,
    fonts,
    scriptBytes: sum(loaded.map(({ bytes }) => bytes)),
    scriptGzip: sum(loaded.map(({ gzip }) => gzip)) + gzipSync(code).length,
    styleGzip: sum(css) + (style ? gzipSync(style).length : 0),
  }
}

type Loaded = Awaited<ReturnType<typeof loadOnce>>

function figuresOf(page: string, { loaded, scriptBytes, scriptGzip, styleGzip }: Loaded): Figure[] {
  return [
    {
      name: `scripts of ${page}, gzip`,
      value: rounded(scriptGzip / bytesPerKb, 1),
      unit: 'KB',
      target: atMost(120),
      comparedWith: `${rounded(scriptBytes / bytesPerKb)} KB not packed, in ${loaded.length} files`,
    },
    { name: `styles of ${page}, gzip`, value: rounded(styleGzip / bytesPerKb, 1), unit: 'KB', target: atMost(15) },
  ]
}

export const firstLoad: Measure = {
  id: 'first-load',
  ui: true,
  title: 'what / and a conversation load before anybody does anything',
  async run(bench) {
    // A table, a chart and others among its turns
    const id = await writeConversation(bench, { turns: 12, cards: 5 })
    const product = await startWholeProduct(bench)
    const browser = await startBrowser(bench)
    const start = await loadOnce(browser, `${product.url}/`)
    const conversation = await loadOnce(browser, `${product.url}/c/${await newConversation(product)}`)
    const cards = await loadOnce(browser, `${product.url}/c/${id}`)
    return [
      ...figuresOf('/', start),
      ...figuresOf('a conversation', conversation),
      {
        name: 'scripts of a conversation with five cards, a chart among them, gzip',
        value: rounded(cards.scriptGzip / bytesPerKb, 1),
        unit: 'KB',
        comparedWith: `in ${cards.loaded.length} files; each kind of card is loaded when it is first shown`,
      },
      { name: 'fonts', value: start.fonts + conversation.fonts + cards.fonts, target: atMost(0) },
      {
        name: 'the five largest of /',
        value: start.loaded
          .sort((a, b) => b.gzip - a.gzip)
          .slice(0, 5)
          .map(({ path, gzip }) => `${path.split('/').at(-1)} ${rounded(gzip / bytesPerKb, 1)}`)
          .join(', '),
        unit: 'KB',
      },
    ]
  },
}
