import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Alertmanager, available, type Prometheus, startAlertmanager, startPrometheus } from './index.ts'

const VERSIONS = [
  { version: 'debian', engineName: 'alertmanager' },
  { version: 'newest', engineName: 'alertmanager-newest' },
] as const

type Notification = { status: string; alerts: { labels: Record<string, string> }[] }

for (const { version, engineName } of VERSIONS) {
  describe.skipIf(!available(engineName).ok)(`a real Alertmanager (${version})`, () => {
    const received: Notification[] = []
    let hook: Server
    let engine: Alertmanager

    beforeAll(async () => {
      hook = createServer(async (request, response) => {
        received.push(JSON.parse(await text(request)))
        response.end()
      })
      await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
      const webhookUrl = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`
      engine = await startAlertmanager({ version, webhookUrl })
    })
    afterAll(async () => {
      await engine?.stop()
      hook.close()
    })

    it('takes an alert, lists it and tells the webhook', async () => {
      const labels = { alertname: 'GpuFellOffTheBus', node: 'gpu-1' }
      const response = await fetch(`${engine.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([{ labels }]),
      })
      expect(response.status).toBe(200)
      await expect
        .poll(() => received.flatMap((notification) => notification.alerts), { timeout: 30_000 })
        .toMatchObject([{ labels }])
      const listed = await (await fetch(`${engine.url}/api/v2/alerts`)).json()
      expect(listed).toMatchObject([{ labels, status: { state: 'active' } }])
    })

    describe.skipIf(!available('prometheus').ok)('behind Prometheus', () => {
      let prometheus: Prometheus

      beforeAll(async () => {
        prometheus = await startPrometheus({
          nodeExporter: false,
          alertmanagers: [new URL(engine.url).host],
          ruleGroups: [
            { name: 'always', rules: [{ alert: 'AlwaysFiring', expr: 'vector(1)', labels: { severity: 'info' } }] },
          ],
        })
      })
      afterAll(() => prometheus?.stop())

      it('gets what a rule fires', async () => {
        const names = async () => {
          const alerts = (await (await fetch(`${engine.url}/api/v2/alerts`)).json()) as Notification['alerts']
          return alerts.map((alert) => alert.labels.alertname)
        }
        await expect.poll(names, { timeout: 60_000 }).toContain('AlwaysFiring')
      })
    })
  })
}
