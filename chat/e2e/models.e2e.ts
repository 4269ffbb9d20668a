import type { Page } from '@playwright/test'
import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

/** The journeys of QLT-007. Several clusters are asked, on a machine that does other things as well. */
const slow = { timeout: 60_000 }

const catalogue = (page: Page) => page.getByRole('region', { name: 'Catalogue' })
const served = (page: Page) => page.getByRole('region', { name: 'Model deployments' })

test.describe.configure({ timeout: 180_000 })

test('browse and search models; filters are in the address (MOD-011)', async ({ chat }) => {
  const { page } = chat
  await page.getByRole('link', { name: 'Models' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Models' })).toBeVisible()
  const tiles = catalogue(page).getByRole('article')
  await expect(tiles.first()).toBeVisible(slow)
  const all = await tiles.count()
  expect(all).toBeGreaterThanOrEqual(8)

  await page.getByRole('searchbox', { name: 'Search models' }).fill('llama 3.2')
  await expect(page).toHaveURL(/text=llama/)
  await expect(catalogue(page).getByRole('article', { name: 'Llama 3.2 1B Instruct' })).toContainText('gated')
  expect(await tiles.count()).toBeLessThan(all)
  await page.getByLabel('Any engine').selectOption('trtllm')
  await expect(page).toHaveURL(/engine=trtllm/)
  await page.getByLabel('Any size').selectOption('huge')
  await expect(catalogue(page)).toContainText('No model of the catalogue matches.')
  await page.reload()
  await expect(page.getByLabel('Any size')).toHaveValue('huge')
  await catalogue(page).getByRole('link', { name: 'Show all' }).click()
  await expect(tiles).toHaveCount(all, slow)
})

test('a model shows what it needs and where it fits now (MOD-012)', async ({ chat, product }) => {
  const { page } = chat
  await page.goto(`${product.url}/models?text=Qwen3-0.6B`)
  await catalogue(page).getByRole('link', { name: 'Qwen3 0.6B', exact: true }).click(slow)
  await expect(page).toHaveURL(/\/models\/Qwen\/Qwen3-0\.6B$/)
  await expect(page.getByRole('heading', { level: 1, name: 'Qwen/Qwen3-0.6B' })).toBeVisible()
  const fit = page.getByRole('region', { name: 'Where it fits now' })
  await expect(fit).toContainText('gpu-east', slow)
  await expect(fit).toContainText(/Room for \d+/)
  await expect(fit.getByRole('link', { name: /^Deploy here, on gpu-east/ }).first()).toHaveAttribute(
    'href',
    /cluster=gpu-east/,
  )
})

test('the API is down: the catalogue is the one this browser read last, and says so (MOD-013)', async ({
  chat,
  product,
}) => {
  const { page } = chat
  await page.goto(`${product.url}/models`)
  await expect(catalogue(page).getByRole('article').first()).toBeVisible(slow)
  await page.route('**/api/v1/tools/*', (route) => route.abort())
  await page.reload()
  await expect(catalogue(page)).toContainText('The server does not answer.', slow)
  await expect(catalogue(page)).toContainText('as this browser read it')
  await expect(catalogue(page).getByRole('article').first()).toBeVisible()
  await page.goto(`${product.url}/deployments`)
  await expect(page.getByRole('main')).toContainText('The server does not answer.', slow)
  await page.unroute('**/api/v1/tools/*')
  // It comes back by itself
  await expect(served(page).getByRole('row').nth(1)).toBeVisible(slow)
})

test('deployments of every cluster, with a cluster that is down said (MOD-045)', async ({ chat, product }) => {
  const { page } = chat
  await page.goto(`${product.url}/deployments?cluster=gpu-west`)
  await expect(served(page).getByRole('row').nth(1)).toContainText('gpu-west', slow)
  const injected = await chat.fault(product, { kind: 'dead-cluster', target: { cluster: 'gpu-west' } })
  expect(injected.ok).toBe(true)
  const { id } = await injected.json()
  try {
    await page.goto(`${product.url}/deployments`)
    await expect(served(page)).toContainText(/Without .*gpu-west/, slow)
    // The shell says it too, by itself (MOD-051)
    const reach = page.getByRole('navigation', { name: 'Conversations' }).getByRole('link', { name: /^Fleet/ })
    await expect(reach).toContainText(/gpu-west.* not answer/, { timeout: 90_000 })
    await expect(served(page).getByRole('row').nth(1)).toBeVisible(slow)
  } finally {
    await fetch(`${product.controlUrl}/faults/${id}`, { method: 'DELETE' })
  }
})

for (const engine of ['vLLM', 'SGLang', 'TensorRT-LLM'])
  test(`deploy with ${engine}: a plan, a person, its page, by itself to running (MOD-017, MOD-050)`, async ({
    chat,
    product,
  }) => {
    const { page } = chat
    const name = `journey-${engine.toLowerCase().replace(/[^a-z]/g, '')}-${Date.now() % 100_000}`
    await page.goto(`${product.url}/models/Qwen/Qwen3-0.6B`)
    await page
      .getByRole('link', { name: /^Deploy here, on gpu-east/ })
      .first()
      .click(slow)
    await expect(page).toHaveURL(/\/deployments\/new\?.*cluster=gpu-east/)
    await expect(page.getByLabel('Model', { exact: true })).toHaveValue('Qwen/Qwen3-0.6B')
    await page.getByRole('radio', { name: engine }).check()
    await page.getByLabel('Name', { exact: true }).fill('Not A Name')
    await expect(page.getByText('a-z, 0-9 and -')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Plan it' })).toBeDisabled()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByRole('button', { name: 'Plan it' }).click()
    const plan = page.getByRole('region', { name: /^Deploy a model$/ }).first()
    await expect(plan).toContainText(name, slow)
    await plan.getByRole('button', { name: `Deploy ${name}` }).click()

    await expect(page).toHaveURL(new RegExp(`/deployments/gpu-east/${name}\\?namespace=`), slow)
    await expect(page.getByText(`Done: Deploy ${name}`)).toBeVisible()
    // Nobody reloads: it is told
    await expect(page.getByRole('region', { name: 'State' })).toContainText('running', { timeout: 120_000 })
    await page.goto(`${product.url}/deployments?text=${name}`)
    await expect(served(page).getByRole('row', { name: new RegExp(name) })).toContainText(engine, slow)
  })

test('a deployment is scaled, told by itself, and deleted by its name (MOD-046, MOD-047)', async ({
  chat,
  product,
}) => {
  const { page } = chat
  const name = `journey-life-${Date.now() % 100_000}`
  await page.goto(`${product.url}/deployments/new?model=Qwen/Qwen3-0.6B&cluster=gpu-west&gpus=1&name=${name}`)
  const preview = page.getByRole('region', { name: new RegExp(`^Preview of .*${name} on gpu-west$`) })
  await expect(preview).toContainText('The API server accepts the manifest (dry run)', slow)
  await expect(preview.getByRole('region', { name: 'Manifest' })).toContainText('Qwen/Qwen3-0.6B')
  await page.getByRole('button', { name: 'Plan it' }).click()
  await page.getByRole('button', { name: `Deploy ${name}` }).click(slow)
  await expect(page).toHaveURL(new RegExp(`/deployments/gpu-west/${name}\\?namespace=`), slow)
  const state = page.getByRole('region', { name: 'State' })
  await expect(state).toContainText('running', { timeout: 120_000 })
  await expect(page.getByRole('region', { name: 'Reach it' })).toContainText('kubectl port-forward svc/', slow)

  await page.getByRole('button', { name: 'Scale…' }).click()
  await page.getByLabel('Replicas').fill('2')
  await page.getByRole('button', { name: 'Plan the scaling' }).click()
  await page.getByRole('button', { name: `Scale ${name} to 2` }).click(slow)
  await expect(page.getByText(`Done: Scale ${name} to 2`)).toBeVisible(slow)
  await expect(state).toContainText('2/2', { timeout: 120_000 })

  await page.getByRole('button', { name: 'Delete…' }).click()
  await page.getByRole('button', { name: 'Plan the deletion' }).click()
  const remove = page.getByRole('button', { name: new RegExp(`^Delete ${name}`) })
  await expect(remove).toBeDisabled(slow)
  await page.getByLabel(new RegExp(`Type ${name}`)).fill(name)
  await remove.click()
  await expect(page).toHaveURL(/\/deployments$/, slow)
  await expect(served(page).getByRole('row').nth(1)).toBeVisible(slow)
  await expect(served(page).getByRole('link', { name, exact: true })).toHaveCount(0, slow)
})

test('a deployment is updated where it is, and rolled back to its first revision (MOD-058)', async ({
  chat,
  product,
}) => {
  const { page } = chat
  const name = `journey-back-${Date.now() % 100_000}`
  await page.goto(`${product.url}/deployments/new?model=Qwen/Qwen3-0.6B&cluster=gpu-west&gpus=1&name=${name}`)
  await page.getByRole('button', { name: 'Plan it' }).click(slow)
  await page.getByRole('button', { name: `Deploy ${name}` }).click(slow)
  await expect(page).toHaveURL(new RegExp(`/deployments/gpu-west/${name}\\?namespace=`), slow)
  const state = page.getByRole('region', { name: 'State' })
  await expect(state).toContainText('running', { timeout: 120_000 })

  await page.getByRole('button', { name: 'Update…' }).click()
  await expect(page.getByRole('button', { name: 'Plan the update' })).toBeDisabled()
  await page.getByLabel('Context length').fill('8192')
  await page.getByRole('button', { name: 'Plan the update' }).click()
  await page.getByRole('button', { name: new RegExp(`^Update ${name}`) }).click(slow)
  await expect(page.getByText(new RegExp(`Done: Update ${name}`))).toBeVisible(slow)
  await expect(state).toContainText('8192', { timeout: 120_000 })
  await expect(state).toContainText('running', { timeout: 120_000 })

  await page.getByRole('button', { name: 'Roll back…' }).first().click()
  const revisions = page.getByRole('combobox', { name: 'To', exact: true })
  await expect(revisions.getByRole('option', { name: /^2 update: / })).toBeAttached(slow)
  await revisions.selectOption('1')
  await page.getByRole('button', { name: 'Plan the roll back' }).click()
  await page.getByRole('button', { name: 'Roll back to 1' }).click(slow)
  await expect(page.getByText('Done: Roll back to 1')).toBeVisible(slow)
  await expect(revisions.getByRole('option', { name: /^3 rollback: / })).toBeAttached(slow)
  await expect(state).not.toContainText('8192', { timeout: 120_000 })
  await expect(state).toContainText('running', { timeout: 120_000 })
})

for (const colorScheme of ['light', 'dark'] as const)
  test(`${colorScheme}: no serious finding of axe, nothing sideways on phone, tablet and desktop`, async ({
    chat,
    product,
  }) => {
    const { page } = chat
    await page.emulateMedia({ colorScheme })
    const paths = [
      '/models',
      '/models/Qwen/Qwen3-0.6B',
      '/deployments',
      '/deployments/new?model=meta-llama/Llama-3.2-1B-Instruct',
      '/deployments/gpu-east/llama-3-3-70b?namespace=inference',
    ]
    for (const path of paths) {
      await page.setViewportSize({ width: 1280, height: 860 })
      await page.goto(`${product.url}${path}`)
      await expect(page.locator('main').getByRole('region').first(), path).toBeVisible(slow)
      await expect(page.locator('main [aria-busy="true"]')).toHaveCount(0, slow)
      for (const width of [1280, 768, 390]) {
        await page.setViewportSize({ width, height: 844 })
        if (width !== 768) expect(await seriousFindings(page), `${path} at ${width}`).toEqual([])
        const overflow = await page.evaluate(() =>
          Math.max(
            ...[document.documentElement, document.querySelector('main')!].map((e) => e.scrollWidth - e.clientWidth),
          ),
        )
        expect(overflow, `${path} at ${width}`).toBeLessThanOrEqual(0)
      }
    }
  })
