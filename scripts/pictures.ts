// Takes the pictures of the docs from the product itself: `node scripts/pictures.ts`, or only those named: `… fleet-light`. Needs a Chromium.
import { chromium, type Page } from 'playwright'
import { startProduct } from '../chat/e2e/product.ts'

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const product = await startProduct()
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })

async function ask(page: Page, question: string) {
  const box = page.getByRole('textbox', { name: 'Message' })
  await box.fill(question)
  await box.press('Enter')
  await page.getByRole('article', { name: 'Quartermaster' }).last().waitFor()
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached', timeout: 40_000 })
  await page.waitForTimeout(1_200)
}

async function picture(
  name: string,
  options: {
    question?: string
    /** A page instead of the start of a conversation */
    path?: string
    /** What is there when the page is; a list or a table if nothing is said */
    ready?: string
    scheme: 'light' | 'dark'
    width?: number
    height?: number
    top?: boolean
    /** What is done before the picture is taken */
    act?: (page: Page) => Promise<void>
  },
) {
  if (process.argv.length > 2 && !process.argv.includes(name)) return
  const context = await browser.newContext({
    locale: 'en-US',
    colorScheme: options.scheme,
    viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
  })
  const page = await context.newPage()
  await page.goto(`${product.url}${options.path ?? ''}`)
  if (options.path)
    await page
      .locator(options.ready ?? 'main ul, main table')
      .first()
      .waitFor({ timeout: 60_000 })
  await page.waitForTimeout(options.ready ? 5_000 : 1_500)
  if (options.question) await ask(page, options.question)
  if (options.top) await page.getByRole('article', { name: 'You' }).last().scrollIntoViewIfNeeded()
  await options.act?.(page)
  await page.screenshot({ path: `docs/pictures/${name}.png` })
  await context.close()
}

try {
  await picture('start-light', { scheme: 'light', height: 720 })
  await picture('nodes-light', { question: 'Which nodes have free GPUs?', scheme: 'light', top: true })
  await picture('metrics-dark', { question: 'p95 time to first token per model, last hour', scheme: 'dark', top: true })
  await picture('approval-dark', { question: 'Deploy Qwen3-8B on two GPUs in gpu-east', scheme: 'dark' })
  await picture('escrow-light', { question: 'What is held in escrow for job 42?', scheme: 'light', top: true })
  await picture('fleet-light', { path: '/fleet', scheme: 'light' })
  await picture('gpus-dark', { path: '/gpus', scheme: 'dark' })
  await picture('alerts-light', { path: '/alerts', scheme: 'light' })
  await picture('models-light', { path: '/models', scheme: 'light' })
  await picture('deploy-light', {
    path: '/deployments/new?model=Qwen/Qwen3-32B',
    ready: '[aria-label="Manifest"]',
    scheme: 'light',
    height: 940,
  })
  await picture('deployment-dark', {
    path: '/deployments/gpu-east/qwen3-32b?namespace=inference',
    ready: 'dl dd',
    scheme: 'dark',
    height: 1000,
  })
  await picture('deployments-phone', { path: '/deployments', scheme: 'light', width: 390, height: 844 })
  await picture('cluster-phone', { path: '/fleet/gpu-east', scheme: 'light', width: 390, height: 844 })
  await picture('failing-dark', { question: 'What is failing?', scheme: 'dark', top: true })
  await picture('approval-phone', {
    question: 'Deploy Qwen3-8B on two GPUs in gpu-east',
    scheme: 'light',
    width: 390,
    height: 844,
  })
  await picture('approvals-light', {
    question: 'Deploy Qwen3-8B on two GPUs in gpu-east',
    scheme: 'light',
    act: async (page) => {
      await page.goto(`${product.url}/approvals`)
      await page.locator('[data-approval]').first().waitFor()
      await page.waitForTimeout(1_500)
    },
  })
  await picture('runbooks-light', {
    scheme: 'light',
    act: async (page) => {
      await page.getByRole('textbox', { name: 'Message' }).fill('/')
      await page.getByRole('option').first().waitFor()
    },
  })
  await picture('palette-dark', {
    scheme: 'dark',
    act: async (page) => {
      await page.keyboard.press('Control+K')
      await page.getByRole('combobox').fill('gpu-east')
      await page.waitForTimeout(3_000)
    },
  })
  await picture('share-light', {
    question: 'Which nodes have free GPUs?',
    scheme: 'light',
    act: async (page) => {
      await page
        .getByRole('button', { name: /^Actions for/ })
        .first()
        .click()
      await page.getByRole('menuitem', { name: /Share/ }).click()
      await page.getByRole('dialog').waitFor()
      await page.waitForTimeout(800)
    },
  })
  await picture('dashboard-light', {
    path: '/dashboards/home',
    ready: 'article, section',
    scheme: 'light',
    height: 1000,
  })
  await picture('persona-dark', { path: '/personas', ready: 'main h2, main li', scheme: 'dark' })
  await picture('settings-light', { path: '/settings', ready: 'main h2', scheme: 'light', height: 1000 })
  await picture('gallery-dark', { path: '/gallery', ready: 'main section', scheme: 'dark', height: 1000 })
} finally {
  await browser.close()
  await product.stop()
}
