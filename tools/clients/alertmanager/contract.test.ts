import { startAlertmanager } from '../../../mocks/alertmanager/server.ts'
import { testWorld } from '../../../mocks/testing.ts'
import { testClients } from '../testing.ts'
import { alertmanagerContract } from './contract-suite.ts'

alertmanagerContract('the mock', async () => {
  const server = await startAlertmanager({ world: testWorld(), cluster: 'gpu-east' })
  const clients = testClients({ clusters: [{ name: 'gpu-east', alertmanager: { url: server.url } }] })
  const client = clients.alertmanager.for('gpu-east')
  const alerts = [{ labels: { alertname: 'ContractAlert', severity: 'info' } }]
  const headers = { 'content-type': 'application/json' }
  await fetch(`${server.url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) })
  return {
    client,
    close: async () => {
      clients.close()
      await server.close()
    },
  }
})
