import { startBrowser } from './browser.ts'
import { atMost, type Measure, median, rounded } from './measure.ts'
import { startTimedModel } from './model-stream.ts'
import { newConversation, startWholeProduct } from './whole-product.ts'

const rounds = 5

const said = () => [...document.querySelectorAll('article')].at(-1)?.textContent ?? ''

/** In the page after a reload: until the answer has again what it had, ms since the navigation began. */
function untilBack(words: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const text = [...document.querySelectorAll('article')].at(-1)?.textContent ?? ''
      if (text.replace(/\s+/g, ' ').includes(words)) resolve(performance.now())
      else if (performance.now() > 15_000) reject(new Error(`only this came back: ${text.slice(0, 200)}`))
      else setTimeout(look, 4)
    }
    look()
  })
}

export const reload: Measure = {
  id: 'reload',
  title: 'chat: reload in the middle of an answer',
  ui: true,
  async run(bench) {
    const modelUrl = await startTimedModel(bench, { tokensPerSecond: 60, firstTokenMs: 50, behaviour: 'talk:2000' })
    const product = await startWholeProduct(bench, { modelUrl })
    const browser = await startBrowser(bench)
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
    page.setDefaultTimeout(30_000)
    const back: number[] = []
    for (let round = 0; round <= rounds; round++) {
      await page.goto(`${product.url}/c/${await newConversation(product)}`)
      const composer = page.getByRole('textbox', { name: /message|ask/i }).last()
      await composer.fill('Say a lot.')
      await composer.press('Enter')
      await page.waitForTimeout(1_500)
      const before = (await page.evaluate(said)).replace(/\s+/g, ' ').trim()
      if (!before.includes('token')) throw new Error(`no answer had begun: ${before}`)
      await page.reload({ waitUntil: 'commit' })
      const backMs = await page.evaluate(untilBack, before)
      if (round > 0) back.push(backMs)
      await page.keyboard.press('Escape')
    }
    return [
      {
        name: 'from the reload to every word that was there',
        value: rounded(median(back)),
        unit: 'ms',
        target: atMost(500),
        comparedWith: `${rounded(Math.max(...back))} ms the slowest of ${rounds}`,
      },
    ]
  },
}
