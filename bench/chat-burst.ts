import type { Page } from 'playwright'
import { startBrowser } from './browser.ts'
import { atMost, type Measure, median, rounded } from './measure.ts'
import { fromModel, startBurstModel } from './model-stream.ts'
import { slowDown } from './slow-device.ts'
import { newConversation, startWholeProduct } from './whole-product.ts'

const tokens = 4_000
const rounds = 3

/** In the page: from the first text of an answer to the frame after its last word, ms. Resolves when nothing grows any more. */
function watchAnswer(words: number): Promise<number> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    const observer = new MutationObserver(() => {
      const answers = document.querySelectorAll('article[aria-label="Quartermaster"]')
      const text = answers[answers.length - 1]?.textContent ?? ''
      if (!text.includes('token')) return
      firstAt ??= performance.now()
      const said = text.match(/\b(token|end)\b/g)?.length ?? 0
      if (said < words) return
      observer.disconnect()
      const began = firstAt
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)))
    })
    observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  })
}

async function burstOnce(page: Page, url: string): Promise<number> {
  await page.goto(url)
  const composer = page.getByRole('textbox', { name: /message|ask/i }).last()
  await composer.fill('Say a lot.')
  const painted = page.evaluate(watchAnswer, tokens)
  await composer.press('Enter')
  return painted
}

export const chatBurst: Measure = {
  id: 'chat-burst',
  ui: true,
  title: `chat: a burst of ${tokens} tokens, painted in Chromium`,
  async run(bench) {
    const modelUrl = await startBurstModel(bench, tokens)
    const product = await startWholeProduct(bench, { modelUrl })
    const browser = await startBrowser(bench)
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
    page.setDefaultTimeout(30_000)
    const painted: number[] = []
    const model: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const { firstMs, allMs } = await fromModel(modelUrl, 'Say a lot.')
      const paintedMs = await burstOnce(page, `${product.url}/c/${await newConversation(product)}`)
      // The first one loads code
      if (round === 0) continue
      model.push(allMs - firstMs)
      painted.push(paintedMs)
    }
    await slowDown(page)
    const slow: number[] = []
    for (let round = 0; round < rounds; round++)
      slow.push(await burstOnce(page, `${product.url}/c/${await newConversation(product)}`))
    return [
      {
        name: 'first token to last token on the screen',
        value: rounded(median(painted)),
        unit: 'ms',
        target: atMost(600),
        comparedWith: `${rounded(median(model))} ms that the model itself takes to say it; medians of ${rounds}`,
      },
      {
        name: 'the same with the processor at a fourth',
        value: rounded(median(slow)),
        unit: 'ms',
        target: atMost(2_000),
        comparedWith: `36,969 ms for the stock Svelte chat of the AI SDK, measured by us on the same class of machine`,
      },
      { name: 'slowest', value: rounded(Math.max(...painted)), unit: 'ms' },
    ]
  },
}
