import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeResult {
  violations: { id: string; impact: string; nodes: { html: string }[] }[]
}

/** What axe calls serious or critical on the page as it stands. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // The page's own policy allows no foreign script: this one is given by the browser itself
  const session = await page.context().newCDPSession(page)
  await session.send('Runtime.evaluate', { expression: axe })
  const { result } = await session.send('Runtime.evaluate', {
    expression: 'axe.run(document).then((r) => JSON.stringify({ violations: r.violations }))',
    awaitPromise: true,
  })
  await session.detach()
  const { violations } = JSON.parse(result.value as string) as AxeResult
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 120)}`)
}
