import type { Page } from 'playwright'
import { startBrowser } from './browser.ts'
import { atMost, type Measure, median, quantile, rounded } from './measure.ts'
import { startTimedModel } from './model-stream.ts'
import { slowDown } from './slow-device.ts'
import { newConversation, startWholeProduct, type WholeProduct } from './whole-product.ts'

const tokensPerSecond = 200
/** Frames are watched for this long */
const watchMs = 3_000
const rounds = 3

/** In the page: the time between frames from the first word of the answer on, ms. */
function watchFrames(watchMs: number): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const frames: number[] = []
    let last = 0
    let first = 0
    const began = performance.now()
    const frame = (now: number) => {
      const answer = [...document.querySelectorAll('article')].at(-1)
      const growing = answer?.getAttribute('aria-busy') === 'true'
      const said = (answer?.textContent ?? '').includes('token')
      first ||= growing && said ? now : 0
      if (growing && said && now - first < watchMs) {
        if (last > 0) frames.push(now - last)
        last = now
      } else if (frames.length > 0) {
        resolve(frames)
        return
      } else if (now - began > 20_000) {
        reject(new Error('no answer came'))
        return
      }
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
}

async function framesOnce(page: Page, product: WholeProduct): Promise<number[]> {
  await page.goto(`${product.url}/c/${await newConversation(product)}`)
  await page.waitForTimeout(800)
  const composer = page.getByRole('textbox', { name: /message|ask/i }).last()
  await composer.fill('Say a lot.')
  const frames = page.evaluate(watchFrames, watchMs)
  await composer.press('Enter')
  const seen = await frames
  await page.keyboard.press('Escape')
  return seen
}

export const chatFrames: Measure = {
  id: 'chat-frames',
  title: `chat: frames while an answer comes in at ${tokensPerSecond} tokens a second`,
  ui: true,
  async run(bench) {
    const modelUrl = await startTimedModel(bench, { tokensPerSecond, firstTokenMs: 50, behaviour: 'talk:2000' })
    const product = await startWholeProduct(bench, { modelUrl })
    const browser = await startBrowser(bench)
    const worstOf = async (times: number) => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
      page.setDefaultTimeout(60_000)
      await slowDown(page, { times })
      const all: number[][] = []
      for (let round = 0; round <= rounds; round++) {
        const frames = await framesOnce(page, product)
        if (round > 0) all.push(frames)
      }
      await page.close()
      return {
        worst: median(all.map((frames) => Math.max(...frames))),
        p99: median(all.map((frames) => quantile(frames, 0.99))),
      }
    }
    const plain = await worstOf(1)
    const slow = await worstOf(4)
    return [
      {
        name: 'worst frame',
        value: rounded(plain.worst, 1),
        unit: 'ms',
        target: atMost(50),
        comparedWith: `99 of 100 within ${rounded(plain.p99, 1)} ms; medians of ${rounds}`,
      },
      {
        name: 'worst frame with the processor at a fourth',
        value: rounded(slow.worst, 1),
        unit: 'ms',
        target: atMost(50),
        comparedWith: `99 of 100 within ${rounded(slow.p99, 1)} ms; medians of ${rounds}`,
      },
    ]
  },
}
