import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from './product.ts'

/** A cluster that knows one token. */
async function startCluster() {
  const server = createServer((request, response) => {
    const known = request.headers.authorization === 'Bearer the-right-token-1'
    const path = (request.url ?? '').split('?')[0]!
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (!known) return send(401, { kind: 'Status', message: 'Unauthorized', code: 401 })
    if (path === '/version') return send(200, { gitVersion: 'v1.36.0' })
    if (/^\/api\/v1\/(namespaces|nodes)$/.test(path)) return send(200, { kind: 'List', metadata: {}, items: [] })
    send(404, { kind: 'Status', message: 'not there', code: 404 })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

test('a person gives credentials on the page of a cluster; wrong ones change nothing (FLT-022, FLT-026)', async ({
  chat,
  product,
}) => {
  const { page } = chat
  const cluster = await startCluster()
  const post = (path: string, body: object) =>
    fetch(`${product.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((response) => response.json())
  try {
    const { approval } = await post('/clusters', { name: 'by-hand', apiServerUrl: cluster.url })
    await post(`/approvals/${approval.id}/decision`, { approve: true })

    await page.goto(`${product.url}/fleet/by-hand/credentials`)
    await expect(page.getByRole('heading', { name: 'Credentials of by-hand' })).toBeVisible()
    await expect(page.getByRole('button', { name: 'Try and store' })).toBeDisabled()
    await page.locator('#credential-token').fill('a-wrong-token-99')
    await page.getByRole('button', { name: 'Try and store' }).click()
    await expect(page.getByRole('alert')).toContainText('do not work on by-hand')
    await expect(page.getByText('Stored', { exact: true })).toHaveCount(0)

    await page.locator('#credential-token').fill('the-right-token-1')
    await page.getByRole('button', { name: 'Try and store' }).click()
    await expect(page.getByRole('heading', { name: 'Stored' })).toBeVisible()
    await expect(page.getByText('Kubernetes v1.36.0')).toBeVisible()
    await expect(page.locator('#credential-token')).toHaveValue('')
    expect(await page.content()).not.toContain('the-right-token-1')

    await page.getByRole('button', { name: 'Try them now' }).click()
    await expect(page.getByText('Kubernetes v1.36.0')).toBeVisible()
    await page.getByLabel('Kind').selectOption('certificate')
    await expect(page.getByLabel('Private key', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Delete the credentials of Kubernetes' }).click()
    await expect(page.getByText('Delete the credentials of kubernetes of by-hand')).toBeVisible()
  } finally {
    cluster.stop()
  }
})
