import { seriousFindings } from './axe.ts'
import { expect, test } from './product.ts'

test('a runbook is chosen by keys and its form knows the fleet', async ({ chat }) => {
  const { page, composer } = chat
  const list = page.getByRole('listbox', { name: 'Runbooks' })
  // A page that has just come does not hear it yet
  await expect(async () => {
    await composer.fill('')
    await composer.pressSequentially('/node')
    await expect(list.getByRole('option').first()).toBeVisible({ timeout: 5_000 })
  }).toPass()
  await composer.press('Enter')
  const form = page.getByRole('form', { name: 'Is this GPU node healthy?' })
  await expect(form.getByLabel('Node')).toBeFocused()
  await expect(form.getByRole('button', { name: 'Ask' })).toBeDisabled()
  await expect(form.locator('datalist option').first()).toBeAttached()
  expect(await seriousFindings(page)).toEqual([])
  await form.getByLabel('Node').fill('gpu-east/gpu-east-h100-01')
  await form.getByLabel('Node').press('Enter')
  await expect(page.getByRole('article', { name: 'You' }).last()).toContainText('Is the node gpu-east/gpu-east-h100-01')
})

test('what is typed before the page is awake opens its list as well', async ({ chat }) => {
  const { page, composer } = chat
  let come = () => {}
  const awake = new Promise<void>((resolve) => {
    come = resolve
  })
  await page.route('**/_app/immutable/**/*.js', async (route) => {
    await awake
    await route.continue()
  })
  await page.reload({ waitUntil: 'commit' })
  await composer.pressSequentially('/node')
  come()
  await expect(page.getByRole('listbox', { name: 'Runbooks' }).getByRole('option').first()).toBeVisible()
  await expect(composer).toHaveValue('/node')
})

test('things of the fleet are named by letters, and Escape leaves what was typed', async ({ chat }) => {
  const { page, composer } = chat
  await expect(async () => {
    await composer.fill('')
    await composer.pressSequentially('How is @h100')
    await expect(page.getByRole('listbox').getByRole('option').first()).toContainText('h100', { timeout: 7_000 })
  }).toPass()
  await composer.press('Escape')
  await expect(page.getByRole('listbox')).toHaveCount(0)
  await expect(composer).toHaveValue('How is @h100')
  await composer.pressSequentially('-')
  await page.getByRole('option').first().click()
  await expect(composer).toHaveValue(/^How is \w[\w-]*\/[\w-]*h100-\d+ $/)
})

test('a file goes along, its name stays with the question, and what cannot be read says why', async ({ chat }) => {
  const { page, composer } = chat
  const picker = page.locator('input[type="file"]')
  const files = page.getByRole('list', { name: 'Attached files' })
  // A page that has just come does not hear it yet
  await expect(async () => {
    await picker.setInputFiles([
      { name: 'kern.log', mimeType: 'text/plain', buffer: Buffer.from('NVRM: Xid (PCI:0000:3b:00): 79\n') },
      { name: 'core', mimeType: 'application/octet-stream', buffer: Buffer.from([1, 0, 2, 0]) },
    ])
    await expect(files).toContainText('kern.log', { timeout: 3_000 })
  }).toPass()
  await expect(files).toContainText('core is neither text nor a picture')
  await files.getByRole('button', { name: 'Remove core' }).click()
  await composer.fill('Which nodes have free GPUs?')
  await composer.press('Enter')
  await expect(chat.answer).toHaveAttribute('aria-busy', 'false', { timeout: 40_000 })
  await page.reload()
  await expect(page.getByRole('article', { name: 'You' })).toContainText('kern.log')
})

test('what was typed and not sent is there after a reload', async ({ chat }) => {
  const { page, composer } = chat
  await chat.askAndWait('How many nodes are there?')
  await composer.fill('and tomorrow')
  await page.waitForTimeout(300)
  await page.reload()
  await expect(composer).toHaveValue('and tomorrow')
})

test('a conversation is shared without names, opened by somebody else, taken back; saved and judged', async ({
  chat,
  browser,
  product,
}) => {
  const { page } = chat
  await chat.askAndWait('Which nodes have free GPUs?')
  await chat.answer.getByRole('button', { name: 'Bad answer' }).click()
  await chat.answer.getByLabel('Something is missing').check()
  await chat.answer.getByRole('button', { name: 'Send' }).click()
  await expect(chat.answer).toContainText('Judged bad')
  const judged = await page.request.get(`${product.url}/api/v1/chat/feedback`)
  expect(await judged.text()).toContain('verdict: bad')

  await page
    .getByRole('button', { name: /^Actions for/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: /Share/ }).click()
  const dialog = page.getByRole('dialog', { name: 'Share and export' })
  await dialog.getByRole('button', { name: 'Make a link' }).click()
  const link = await dialog.getByRole('textbox').inputValue()
  expect(await seriousFindings(page)).toEqual([])
  const other = await (await browser.newContext()).newPage()
  await other.goto(link)
  await expect(other.getByRole('article', { name: 'Quartermaster' })).toContainText('node-1')
  // Beside it stand the reader's own conversations
  expect(await other.locator('main').innerHTML()).not.toContain('gpu-east-h100')
  await dialog.getByRole('button', { name: 'Take back' }).first().click()
  await expect(dialog.getByRole('button', { name: 'Take back' })).toHaveCount(0)
  await other.reload()
  await expect(other.getByText('shows nothing any more')).toBeVisible()

  await dialog.getByRole('link', { name: 'Incident report' }).click()
  await expect(page.getByRole('heading', { level: 1, name: /^Incident report/ })).toBeVisible()
  await expect(page.getByText('Timeline (UTC)')).toBeVisible()
})
