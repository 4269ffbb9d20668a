import { startBrowser } from './browser.ts'
import { atMost, type Figure, type Measure, rounded } from './measure.ts'
import { startWholeProduct } from './whole-product.ts'

const rounds = 5

/** Runs in the page: from the event to the laid-out table, the slowest of a few. */
async function tryTable(card: Element, rounds: number): Promise<Record<string, number>> {
  const calm = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))
  const times: Record<string, number[]> = {}
  const timed = async (name: string, act: () => void) => {
    await calm()
    const begun = performance.now()
    act()
    await Promise.resolve()
    card.getBoundingClientRect()
    times[name] = [...(times[name] ?? []), performance.now() - begun]
  }
  const box = card.querySelector<HTMLInputElement>('input[type=search]')!
  const type = (text: string) => {
    box.value = text
    box.dispatchEvent(new Event('input', { bubbles: true }))
  }
  for (let round = 0; round < rounds; round++) {
    for (const [index, name] of ['states', 'names', 'clusters', 'numbers'].entries())
      await timed(`sort by ${name}`, () => card.querySelectorAll<HTMLElement>('thead button')[index]!.click())
    await timed('filter by a word', () => type('gpu'))
    await timed('filter by columns', () => type('severity:critical,warning cluster:gpu-east -clock'))
    await timed('take the filter away', () => type(''))
  }
  const middle = (values: number[]) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)]!
  return {
    ...Object.fromEntries(Object.entries(times).map(([name, values]) => [name, middle(values)])),
    rows: card.querySelectorAll('tbody tr').length,
  }
}

export const cardTable: Measure = {
  id: 'card-table',
  ui: true,
  title: 'A card with a table of 5,000 rows, in Chromium',
  async run(bench) {
    const { url } = await startWholeProduct(bench)
    const browser = await startBrowser(bench)
    const page = await browser.newPage()
    await page.goto(`${url}/gallery?kind=table`)
    const card = page.getByRole('region', { name: 'table: 5,000 rows' })
    await card.locator('tbody tr').first().waitFor()
    const { rows = 0, ...times } = await card.evaluate(tryTable, rounds)
    return [
      ...Object.entries(times).map(
        ([name, ms]): Figure => ({ name, value: rounded(ms, 1), unit: 'ms', target: atMost(50) }),
      ),
      { name: 'rows in the page', value: rows, target: atMost(60) },
    ]
  },
}
