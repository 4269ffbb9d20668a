import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { type Product, startProduct } from './product.ts'

test.describe.configure({ timeout: 120_000 })

let folder = ''
let product: Product
test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quartermaster-empty-'))
  const config = join(folder, 'empty.yaml')
  writeFileSync(config, 'clusters: []\n')
  product = await startProduct({ QM_CONFIG: config })
})
test.afterAll(async () => {
  await product.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('without a cluster each page says once why it is empty and offers to register one (UIX)', async ({ page }) => {
  for (const path of ['/alerts', '/deployments', '/gpus', '/fleet']) {
    await page.goto(product.url + path)
    await expect(page.getByRole('heading', { name: 'No cluster is registered yet' }), path).toBeVisible()
    await expect(page.getByText('Could not be done'), path).toHaveCount(0)
    await page.getByRole('button', { name: 'Register a cluster…' }).click()
    await expect(page.getByRole('button', { name: 'Plan the registration' }), path).toBeVisible()
  }
  await page.goto(product.url)
  await expect(page.getByText('Register the first cluster')).toBeVisible()
})
