import type { Alertmanager, Silence } from '../clients/alertmanager/types.ts'
import { testContext } from '../testing.ts'
import { alertmanagerOf, alertOf, clusterInfo, fleetOf, perCluster } from '../testing-upstreams.ts'

export const silenceOf = (id: string, more: Partial<Silence> = {}): Silence => ({
  id,
  matchers: [{ name: 'alertname', value: 'GpuSick', isRegex: false, isEqual: true }],
  startsAt: '2026-11-20T11:00:00Z',
  endsAt: '2026-11-20T14:00:00Z',
  updatedAt: '2026-11-20T11:00:00Z',
  createdBy: 'Ada',
  comment: 'being replaced',
  state: 'active',
  ...more,
})

/** A cluster whose critical alert silence s1 mutes, and one that is away */
export function withSilences(silences: Silence[]) {
  const alerts = [
    alertOf('GpuSick', { silencedBy: ['s1'], state: 'suppressed' }, { severity: 'critical', node: 'n1' }),
    alertOf('Slow'),
  ]
  const ctx = testContext({
    clients: {
      fleet: fleetOf([clusterInfo('east'), clusterInfo('west')]),
      alertmanager: perCluster<Alertmanager>({
        east: alertmanagerOf({ cluster: 'east', alerts, silences }),
        west: new Error('refused'),
      }),
    },
  })
  return ctx
}
