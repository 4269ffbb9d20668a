import { expect, test } from './product.ts'

test.describe('the five first conversations', () => {
  test('which nodes have free GPUs', async ({ chat }) => {
    await chat.askAndWait('Which nodes have free GPUs?')
    const rows = chat.answer.getByRole('row')
    expect(await rows.count()).toBeGreaterThan(5)
    await expect(chat.answer.getByText(/gpu-(east|west)-/).first()).toBeVisible()
    await expect(chat.answer).toContainText('free')
  })

  test('p95 time to first token per model, last hour', async ({ chat }) => {
    await chat.askAndWait('p95 time to first token per model, last hour')
    await expect(chat.answer.locator('canvas').first()).toBeVisible()
    await expect(chat.answer).toContainText('Qwen/')
    await expect(chat.answer).toContainText(/\d+ m?s/)
  })

  test('deploy a model: plan, approval, live progress to ready', async ({ chat, product }) => {
    await chat.askAndWait('Deploy Qwen3-8B on two GPUs in gpu-east')
    const approve = chat.answer.getByRole('button', { name: 'Deploy qwen3-8b' })
    await expect(approve).toBeVisible()
    await expect(chat.answer).toContainText('The API server accepts the manifest')
    // Nothing is there before a person says yes
    const before = await (
      await fetch(`${product.url}/api/v1/deployments?text=qwen3-8b&clusters=gpu-east&namespace=dynamo-system`)
    ).json()
    expect(JSON.stringify(before.data ?? {})).not.toContain('dynamo-system/qwen3-8b')
    await chat.page.waitForTimeout(700)
    await approve.click()
    await expect(chat.page.getByText('It serves', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
    const after = await (
      await fetch(`${product.url}/api/v1/deployments?clusters=gpu-east&namespace=dynamo-system&text=qwen3-8b`)
    ).json()
    expect(after.data.rows[0]).toMatchObject({ name: 'qwen3-8b', phase: 'running' })
  })

  test('launch a Ray cluster: estimate, approval, progress to running', async ({ chat }) => {
    await chat.askAndWait('Launch a Ray cluster with one head and three GPU workers')
    const approve = chat.answer.getByRole('button', { name: /^Launch/ })
    await expect(approve).toBeVisible()
    await expect(chat.answer).toContainText('3 workers')
    await expect(chat.answer).toContainText(/\$\d/)
    await chat.page.waitForTimeout(700)
    await approve.click()
    await expect(chat.page.getByText('succeeded', { exact: true }).first()).toBeVisible({ timeout: 60_000 })
  })

  test('what is held in escrow for job 42', async ({ chat }) => {
    await chat.askAndWait('What is held in escrow for job 42?')
    await expect(chat.answer).toContainText(/QU/)
    await expect(chat.answer.getByRole('grid').first()).toBeVisible()
    await expect(chat.answer).toContainText(/custodial/i)
  })
})

test('a conversation follows a thread: alerts, then a pod, then its logs', async ({ chat }) => {
  await chat.askAndWait('Show firing alerts')
  await expect(chat.answer.getByRole('row').nth(1)).toBeVisible()
  await chat.askAndWait('Which pods are crash looping?')
  await expect(chat.answer).toContainText('CrashLoopBackOff')
})
