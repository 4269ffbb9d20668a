import { expect, startProduct, test } from './product.ts'

// What a page, a frame in it or a script tries against an approval. Through the loop: approval-attacks.test.ts.

const headers = { 'content-type': 'application/json', 'x-quartermaster': '1' }
const stateOf = async (url: string, id: string) =>
  (await (await fetch(`${url}/api/v1/approvals/${id}`)).json()).data?.state

async function asked(url: string, path: string, init: RequestInit): Promise<string> {
  const answer = await (await fetch(`${url}/api/v1/${path}`, { headers, ...init })).json()
  return answer.approval.id
}
const deploy = (url: string) =>
  asked(url, 'deployments', {
    method: 'POST',
    body: JSON.stringify({ model: 'Qwen/Qwen3-0.6B', cluster: 'gpu-west', gpus: 1 }),
  })

test('a frame in the page cannot post a decision', async ({ chat, product }) => {
  const id = await deploy(product.url)
  const { page } = chat
  await page.goto(`${product.url}/approvals?open=${id}`)
  // as an embedded view stands in the page: of no origin, with scripts
  const said = await page.evaluate(
    (path) =>
      new Promise<string>((resolve) => {
        const frame = document.createElement('iframe')
        frame.setAttribute('sandbox', 'allow-scripts allow-forms')
        addEventListener('message', ({ data }) => resolve(String(data)))
        frame.srcdoc = `<script>fetch('${path}',{method:'POST',headers:{'content-type':'application/json','x-quartermaster':'1'},body:'{"approve":true}'}).then(r=>parent.postMessage('answered '+r.status,'*'),()=>parent.postMessage('refused','*'))</script>`
        document.body.append(frame)
        setTimeout(() => resolve('silent'), 4_000)
      }),
    `${product.url}/api/v1/approvals/${id}/decision`,
  )
  expect(said).not.toMatch(/answered 2/)
  // the same request without a browser that holds it back
  const direct = await fetch(`${product.url}/api/v1/approvals/${id}/decision`, {
    method: 'POST',
    headers: { ...headers, origin: 'null' },
    body: '{"approve":true}',
  })
  expect(direct.status).toBe(403)
  expect((await direct.json()).error.next).toBeTruthy()
  expect(await stateOf(product.url, id)).toBe('pending')
})

test('a key that a script presses decides nothing', async ({ chat, product }) => {
  const id = await deploy(product.url)
  const { page } = chat
  await page.goto(`${product.url}/approvals?open=${id}`)
  const card = page.locator(`[data-approval="${id}"]`)
  await card.focus()
  await page.waitForTimeout(800)
  await card.evaluate((element) => {
    for (const key of ['a', 'A', 'Enter'])
      element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
    for (const button of element.querySelectorAll('button')) if (!/Deny/.test(button.textContent)) button.click()
  })
  await page.waitForTimeout(800)
  expect(await stateOf(product.url, id)).toBe('pending')
})

test('a row that has the focus decides nothing; A, D and C act in the open card alone', async ({ chat, product }) => {
  const id = await deploy(product.url)
  const { page } = chat
  await page.goto(`${product.url}/approvals?open=${id}`)
  const row = page.locator(`[data-line="${id}"]`)
  await expect(page.locator(`[data-approval="${id}"]`)).toBeVisible()
  await page.waitForTimeout(800)
  await row.focus()
  for (const key of ['a', 'd', 'c', 'Shift+A']) await page.keyboard.press(key)
  await expect(page.getByRole('textbox', { name: /reason/i })).toHaveCount(0)
  expect(await stateOf(product.url, id)).toBe('pending')
  await page.keyboard.press('Enter')
  await expect(row).toHaveAttribute('aria-expanded', 'false')
  expect(await stateOf(product.url, id)).toBe('pending')
})

test('a change that needs its name typed runs neither by Enter nor by A', async ({ chat, product }) => {
  const id = await asked(product.url, 'deployments/edge-lab/llama-3-1-8b-edge?namespace=inference', {
    method: 'DELETE',
  })
  const { page } = chat
  await page.goto(`${product.url}/approvals?open=${id}`)
  const card = page.locator(`[data-approval="${id}"]`)
  await expect(card).toBeVisible()
  await page.waitForTimeout(800)
  await card.focus()
  for (const key of ['a', 'Enter']) await page.keyboard.press(key)
  const name = card.getByRole('textbox')
  await name.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.type('llama-3-1-8b-edg')
  await page.keyboard.press('Enter')
  await expect(card.getByRole('button', { name: /^Delete/ })).toBeDisabled()
  await page.keyboard.type('e')
  await page.keyboard.press('Enter')
  await card.focus()
  await page.keyboard.press('a')
  await page.waitForTimeout(500)
  expect(await stateOf(product.url, id)).toBe('pending')
  // nor does the server take it without the name
  const refused = await fetch(`${product.url}/api/v1/approvals/${id}/decision`, {
    method: 'POST',
    headers,
    body: '{"approve":true}',
  })
  expect((await refused.json()).error).toMatchObject({ field: 'typedName' })
  expect(await stateOf(product.url, id)).toBe('pending')
})

test('a change that needs two people is not run by one, whatever is pressed', async ({ page }) => {
  test.setTimeout(120_000)
  const tokens = { ada: 'the-token-of-ada-long-enough', bo: 'the-token-of-bo-long-enough' }
  const product = await startProduct({
    QM_APPROVAL_SECOND_PERSON: 'all',
    QM_TOKEN: tokens.ada,
    QM_PEOPLE: `Bo:operator:${tokens.bo}`,
  })
  try {
    const as = (token: string) => ({ ...headers, authorization: `Bearer ${token}` })
    const id = await asked(product.url, 'deployments', {
      method: 'POST',
      headers: as(tokens.ada),
      body: JSON.stringify({ model: 'Qwen/Qwen3-0.6B', cluster: 'gpu-west', gpus: 1 }),
    })
    const state = async () =>
      (await (await fetch(`${product.url}/api/v1/approvals/${id}`, { headers: as(tokens.ada) })).json()).data?.state
    await page.setExtraHTTPHeaders({ authorization: `Bearer ${tokens.ada}` })
    await page.goto(`${product.url}/approvals?open=${id}`)
    const card = page.locator(`[data-approval="${id}"]`)
    await expect(card).toContainText('Two people must say yes', { timeout: 20_000 })
    await page.waitForTimeout(800)
    await card.focus()
    await page.keyboard.press('a')
    await expect(card).toContainText('Another person must say yes too')
    expect(await state()).toBe('pending')
    await card.focus()
    await page.waitForTimeout(800)
    for (const key of ['a', 'Enter']) await page.keyboard.press(key)
    await expect(card.getByRole('alert')).toContainText('cannot be the second person')
    expect(await state()).toBe('pending')
  } finally {
    await product.stop()
  }
})
