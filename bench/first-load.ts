import { gzipSync } from 'node:zlib'
import { startBrowser } from './browser.ts'
import { atMost, type Measure, rounded } from './measure.ts'
import { startWholeProduct } from './whole-product.ts'

const bytesPerKb = 1_000

export const firstLoad: Measure = {
  id: 'first-load',
  ui: true,
  title: 'JavaScript that / loads before anybody does anything',
  async run(bench) {
    const product = await startWholeProduct(bench)
    const browser = await startBrowser(bench)
    const page = await browser.newPage()
    const scripts: Promise<{ path: string; bytes: number; gzip: number }>[] = []
    const styles: Promise<number>[] = []
    let fonts = 0
    page.on('response', (response) => {
      if (response.request().resourceType() === 'font') fonts++
      if (response.request().resourceType() === 'stylesheet')
        styles.push(response.body().then((body) => gzipSync(body).length))
      if (
        response.request().resourceType() !== 'script' &&
        !/javascript/.test(response.headers()['content-type'] ?? '')
      )
        return
      const path = new URL(response.url()).pathname
      scripts.push(response.body().then((body) => ({ path, bytes: body.length, gzip: gzipSync(body).length })))
    })
    await page.goto(`${product.url}/`, { waitUntil: 'load' })
    await page.getByRole('textbox').last().waitFor()
    await page.waitForTimeout(1_500)
    const inline = await page.evaluate(() =>
      [...document.querySelectorAll('script:not([src])')].map((script) => script.textContent ?? '').join('\n'),
    )
    const inlineStyle = await page.evaluate(() =>
      [...document.querySelectorAll('style')].map((style) => style.textContent ?? '').join('\n'),
    )
    const loaded = await Promise.all(scripts)
    const css = (await Promise.all(styles)).reduce(
      (all, bytes) => all + bytes,
      inlineStyle ? gzipSync(inlineStyle).length : 0,
    )
    if (loaded.length === 0) throw new Error('the page loads no script')
    const sum = loaded.reduce((all, { gzip }) => all + gzip, gzipSync(inline).length)
    return [
      {
        name: 'scripts of /, gzip',
        value: rounded(sum / bytesPerKb, 1),
        unit: 'KB',
        target: atMost(120),
        comparedWith: `${rounded(loaded.reduce((all, { bytes }) => all + bytes, 0) / bytesPerKb)} KB not packed, in ${loaded.length} files`,
      },
      { name: 'styles of /, gzip', value: rounded(css / bytesPerKb, 1), unit: 'KB', target: atMost(15) },
      { name: 'fonts', value: fonts, target: atMost(0) },
      {
        name: 'the five largest',
        value: loaded
          .sort((a, b) => b.gzip - a.gzip)
          .slice(0, 5)
          .map(({ path, gzip }) => `${path.split('/').at(-1)} ${rounded(gzip / bytesPerKb, 1)}`)
          .join(', '),
        unit: 'KB',
      },
    ]
  },
}
