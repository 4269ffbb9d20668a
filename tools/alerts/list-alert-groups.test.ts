import { expect, it } from 'vitest'
import { listAlertGroups } from './list-alert-groups.tool.ts'
import { withSilences } from './testing-silences.ts'

it('list_alert_groups tells who is told of what together', async () => {
  const { data } = await listAlertGroups.run(listAlertGroups.input.parse({}) as never, withSilences([]))
  expect(data).toMatchObject({
    rows: [
      { receiver: 'team', labels: 'alertname=GpuSick', alerts: 1, firing: 0, severity: 'critical' },
      { receiver: 'team', labels: 'alertname=Slow', alerts: 1, firing: 1, severity: 'warning' },
    ],
  })
})
