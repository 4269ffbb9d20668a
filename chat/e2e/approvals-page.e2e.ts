import type { Locator } from '@playwright/test'
import { expect, startProduct, test } from './product.ts'

// The list of approvals as one keeps it open: by keyboard, over a reload and back, and while others ask and decide.

const headers = { 'content-type': 'application/json', 'x-quartermaster': '1' }
const slow = { timeout: 30_000 }

test('/approvals: keys, the address over reload and back, and nothing jumps when others ask and decide', async ({
  page,
}) => {
  test.setTimeout(180_000)
  const product = await startProduct()
  const post = async (path: string, body: object) => {
    const response = await fetch(`${product.url}/api/v1/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    return { status: response.status, answer: await response.json() }
  }
  const asked = async (name: string): Promise<string> => {
    const { answer } = await post('tools/cordon_node', { cluster: 'gpu-west', name: `gpu-west-${name}` })
    return answer.approval.id
  }
  const decided = async (id: string, approve: boolean) =>
    expect((await post(`approvals/${id}/decision`, { approve })).status).toBe(200)
  try {
    const denied = await asked('a100-01')
    await decided(denied, false)
    await decided(await asked('a100-02'), true)
    const first = await asked('l40s-01')
    const second = await asked('l40s-02')
    const third = await asked('l40s-03')

    await page.goto(`${product.url}/approvals`)
    const waiting = page.getByRole('region', { name: 'Waiting' })
    const earlier = page.getByRole('region', { name: 'Earlier' })
    const rows = waiting.locator('[data-line]')
    const row = (id: string) => waiting.locator(`[data-line="${id}"]`)
    const order = () => rows.evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.line))
    await expect(rows).toHaveCount(3, slow)
    expect(await order()).toEqual([first, second, third])

    // The oldest is open as the page comes; J, K and Enter go on from there, and a row with the focus decides nothing
    await expect(row(first)).toHaveAttribute('aria-expanded', 'true')
    await page.keyboard.press('j')
    await expect(row(first)).toBeFocused()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await expect(row(third)).toBeFocused()
    await page.keyboard.press('k')
    await expect(row(second)).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(row(second)).toHaveAttribute('aria-expanded', 'true')
    await expect(row(first)).toHaveAttribute('aria-expanded', 'false')
    await expect(row(second)).toBeFocused()
    await expect(page).toHaveURL(new RegExp(`[?&]open=${second}$`))
    const card = waiting.locator(`[data-approval="${second}"]`)
    await expect(card.getByRole('button', { name: /^Cordon/ })).toBeEnabled(slow)
    await page.keyboard.press('a')
    await page.keyboard.press('d')
    await page.keyboard.press('Enter')
    await expect(row(second)).toHaveAttribute('aria-expanded', 'false')
    await expect(page).toHaveURL(/open=none/)
    await page.reload()
    await expect(rows).toHaveCount(3, slow)
    await expect(waiting.locator('[aria-expanded="true"]')).toHaveCount(0)
    await row(second).focus()
    await page.keyboard.press('Enter')
    await expect(card).toContainText('gpu-west-l40s-02', slow)

    // Filters and the open row stand in the address
    await expect(earlier.getByRole('link')).toHaveCount(2)
    await earlier.getByRole('combobox', { name: 'State' }).selectOption('denied')
    const isKept = async () => {
      await expect(page).toHaveURL(new RegExp(`open=${second}&state=denied$`))
      await expect(earlier.getByRole('link')).toHaveCount(1, slow)
      await expect(earlier.getByRole('combobox', { name: 'State' })).toHaveValue('denied')
      await expect(row(second)).toHaveAttribute('aria-expanded', 'true')
      await expect(card.getByRole('button', { name: /^Cordon/ })).toBeEnabled(slow)
    }
    await isKept()
    await page.reload()
    await isKept()
    await earlier.getByRole('link').click()
    await expect(page).toHaveURL(`${product.url}/approvals/${denied}`)
    await page.goBack()
    await isKept()

    // Another one comes while this is open: below, and nothing else moves
    const deny = card.getByRole('button', { name: 'Deny…' })
    await deny.focus()
    // A sixteenth of a pixel more is no jump
    const top = async (box: Locator) => (await box.boundingBox())?.y ?? Number.NaN
    const before = { row: await top(row(second)), deny: await top(deny) }
    const nothingJumps = async () => {
      expect(Math.abs((await top(row(second))) - before.row)).toBeLessThan(1)
      expect(Math.abs((await top(deny)) - before.deny)).toBeLessThan(1)
    }
    const fourth = await asked('l40s-04')
    await expect(rows).toHaveCount(4, slow)
    expect(await order()).toEqual([first, second, third, fourth])
    await nothingJumps()
    await expect(deny).toBeFocused()

    // Decided elsewhere: each stays where it is, and says by whom
    await decided(first, false)
    await expect(row(first)).toContainText('Denied by', slow)
    expect(await order()).toEqual([first, second, third, fourth])
    await nothingJumps()
    await expect(deny).toBeFocused()
    await decided(second, true)
    await expect(row(second)).not.toContainText('expires in', slow)
    await expect(card.getByRole('button', { name: 'Deny…' })).toHaveCount(0, slow)
    await expect(card).toContainText('Approved by', slow)
    await expect(row(second)).toHaveAttribute('aria-expanded', 'true')
    expect(await order()).toEqual([first, second, third, fourth])
    expect(Math.abs((await top(row(second))) - before.row)).toBeLessThan(1)
    await expect(waiting).toContainText('2 changes wait for you.')
  } finally {
    await product.stop()
  }
})
