import { setTimeout as sleep } from 'node:timers/promises'
import { describe } from 'vitest'
import { available, startAlertmanager } from '../../../engines/index.ts'
import { testClients } from '../testing.ts'
import { alertmanagerContract } from './contract-suite.ts'

const VERSIONS = [
  { version: 'debian', engineName: 'alertmanager' },
  { version: 'newest', engineName: 'alertmanager-newest' },
] as const

for (const { version, engineName } of VERSIONS) {
  describe.skipIf(!available(engineName).ok)(`alertmanager client on a real Alertmanager (${version})`, () => {
    alertmanagerContract(`a real Alertmanager (${version})`, async () => {
      const engine = await startAlertmanager({ version })
      const clients = testClients({ clusters: [{ name: 'real', alertmanager: { url: engine.url } }] })
      const client = clients.alertmanager.for('real')
      const alerts = ['GpuSick', 'NodeDown'].map((alertname) => ({ labels: { alertname, severity: 'critical' } }))
      const headers = { 'content-type': 'application/json' }
      await fetch(`${engine.url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) })
      while ((await client.alerts()).length < 2) await sleep(100)
      return {
        client,
        close: async () => {
          clients.close()
          await engine.stop()
        },
      }
    })
  })
}
