import type { Page } from '@playwright/test'
import { startScriptedModel } from '../testing/model-server.ts'
import { seriousFindings } from './axe.ts'
import { expect, type Product, startProduct, test } from './product.ts'

// Several changes in one answer, and one allowed for an hour, with a model that calls what the question says.

const headers = { 'content-type': 'application/json', 'x-quartermaster': '1' }
const cordon = (name: string) => ['cordon_node', { cluster: 'gpu-west', name }]
const slow = { timeout: 30_000 }

async function withModel(work: (product: Product) => Promise<void>) {
  const model = await startScriptedModel(({ messages }) => {
    const last = messages.at(-1)
    const text = JSON.stringify(last?.role === 'user' ? last.content : '')
    const found = /call (\[.*\]) now/.exec(text.replaceAll('\\', ''))?.[1]
    if (!found) return { text: 'Noted.' }
    const calls = JSON.parse(found) as [string, object][]
    return { tools: calls.map(([name, input]) => ({ name, arguments: JSON.stringify(input) })) }
  })
  const product = await startProduct({ LLM_BASE_URL: model.url, LLM_MODEL: 'scripted' })
  try {
    await work(product)
  } finally {
    await product.stop()
    await model.close()
  }
}

async function ask(page: Page, calls: unknown[]) {
  const box = page.getByRole('textbox', { name: 'Message' })
  await box.fill(`call ${JSON.stringify(calls)} now`)
  await box.press('Enter')
}

test('three changes of one answer are one list: two approved together, the third denied', async ({ page }) => {
  test.setTimeout(180_000)
  await withModel(async ({ url }) => {
    await page.goto(url)
    await ask(
      page,
      ['01', '02', '03'].map((end) => cordon(`gpu-west-l40s-${end}`)),
    )
    const list = page.getByRole('group', { name: '3 approvals of this answer' })
    await expect(list).toContainText('3 changes wait for you', slow)
    await expect(list.getByRole('region', { name: 'Blast radius together' })).toBeVisible()
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 860 })
      expect(await seriousFindings(page), String(width)).toEqual([])
    }
    await page.setViewportSize({ width: 1280, height: 860 })
    await list.getByRole('checkbox').nth(2).uncheck()
    await page.waitForTimeout(800)
    await list.getByRole('button', { name: 'Approve 2' }).click()
    await expect(list).toContainText('1 change waits for you', slow)
    await list.getByRole('checkbox').check()
    await page.waitForTimeout(800)
    await list.getByRole('button', { name: 'Deny 1…' }).click()
    await list.getByRole('button', { name: 'Deny 1', exact: true }).click()
    await expect(list).toContainText('nothing waits any more', slow)
    const { data } = await (await fetch(`${url}/api/v1/approvals`)).json()
    expect(data.rows.map(({ state }: { state: string }) => state).sort()).toEqual(['denied', 'succeeded', 'succeeded'])
  })
})

test('for an hour: said on the card, used without a question, another target asks, revoked asks again; rolled back', async ({
  page,
}) => {
  test.setTimeout(240_000)
  await withModel(async ({ url }) => {
    const cards = page.getByRole('group', { name: /^Approval: / })
    const uncordon = async () => {
      const body = JSON.stringify({ cluster: 'gpu-west', name: 'gpu-west-l40s-01', uncordon: true })
      const asked = await (await fetch(`${url}/api/v1/tools/cordon_node`, { method: 'POST', headers, body })).json()
      const decision = `${url}/api/v1/approvals/${asked.approval.id}/decision`
      expect((await fetch(decision, { method: 'POST', headers, body: '{"approve":true}' })).status).toBe(200)
    }
    await page.goto(url)
    await ask(page, [cordon('gpu-west-l40s-01')])
    await expect(cards).toHaveCount(1, slow)
    await cards.first().getByRole('combobox').selectOption('target-hour')
    await expect(cards.first()).toContainText('gpu-west-l40s-01 on gpu-west: numbers may differ, nothing else')
    await page.waitForTimeout(800)
    await cards
      .first()
      .getByRole('button', { name: /^Cordon/ })
      .click()
    await expect(cards.first()).toContainText('Also allowed until', slow)
    const grant =
      (await cards
        .first()
        .getByText(/^[0-9a-f]{8}, for an hour$/)
        .textContent()) ?? ''
    await expect(page.getByText('Noted.')).toHaveCount(1, slow)

    await uncordon()
    await ask(page, [cordon('gpu-west-l40s-01')])
    await expect(page.getByText('Noted.')).toHaveCount(2, slow)
    const rows = async () => (await (await fetch(`${url}/api/v1/approvals`)).json()).data.rows
    const [used] = await rows()
    expect(used).toMatchObject({ state: 'succeeded', granted: true })
    await expect(page.locator(`[data-approval="${used.id}"]`)).toContainText(grant, slow)

    const other = cordon('gpu-west-l40s-02')
    const value = ['cordon_node', { cluster: 'gpu-west', name: 'gpu-west-l40s-01', uncordon: true }]
    for (const [call, count] of [
      [other, 1],
      [value, 2],
    ] as const) {
      await ask(page, [call])
      const waiting = async () => (await rows()).filter(({ state }: { state: string }) => state === 'pending').length
      await expect.poll(waiting, slow).toBe(count)
    }

    await page.goto(`${url}/approvals`)
    await expect(page.getByText('used 1 time')).toBeVisible(slow)
    await page.getByRole('button', { name: /^Revoke/ }).click()
    await expect(page.getByRole('heading', { name: 'Allowed for an hour' })).toHaveCount(0, slow)
    await page.goBack()
    await uncordon()
    await ask(page, [cordon('gpu-west-l40s-01')])
    await expect.poll(async () => (await rows())[0], slow).toMatchObject({ state: 'pending' })

    // rolled back: the card names the approval that undid it
    const cardOf = async () => page.locator(`[data-approval="${(await rows())[0].id}"]`)
    const done = await cardOf()
    await page.waitForTimeout(800)
    await done.getByRole('button', { name: /^Cordon/ }).click()
    await done.getByRole('button', { name: 'Roll back…' }).click(slow)
    await expect.poll(async () => (await rows())[0].summary, slow).toMatch(/take new pods again/)
    const undid = await cardOf()
    await page.waitForTimeout(800)
    await undid.getByRole('button', { name: /^Uncordon/ }).click(slow)
    await expect(done).toContainText('Rolled back by', slow)
    const id = await undid.getAttribute('data-approval')
    await expect(done.locator(`a[href="/approvals/${id}"]`)).toHaveText('another approval')
  })
})

for (const theme of ['light', 'dark', 'contrast'] as const)
  test(`${theme}: axe finds nothing on the list with a card open, and nothing is sideways (UIX)`, async ({
    chat,
    product,
  }) => {
    const { page } = chat
    const body = JSON.stringify({ model: 'Qwen/Qwen3-0.6B', cluster: 'gpu-west', gpus: 1 })
    await fetch(`${product.url}/api/v1/deployments`, { method: 'POST', headers, body })
    await page.evaluate(
      (chosen) =>
        fetch('/api/v1/chat/preferences', {
          method: 'PATCH',
          headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
          body: JSON.stringify({ theme: chosen }),
        }).then(() => undefined),
      theme,
    )
    await page.goto(`${product.url}/approvals`)
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme)
    await expect(page.locator('[data-approval]')).toHaveCount(1, slow)
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 860 })
      expect(await seriousFindings(page), String(width)).toEqual([])
      expect(await page.evaluate(() => document.querySelector('main')!.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    }
  })
