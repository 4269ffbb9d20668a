import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Alertmanager, available, startAlertmanager } from '../engines/index.ts'
import { owner, startApp, type TestApp } from './testing/app.ts'
import { type LiveClient, openLive } from './testing/live-client.ts'

describe.skipIf(!available('alertmanager').ok)('alerts with a real Alertmanager', () => {
  let engine: Alertmanager
  let hooked: TestApp
  let client: LiveClient

  beforeAll(async () => {
    // the Alertmanager must know where to notify before it starts, and the server whom to poll
    const port = 20_000 + (process.pid % 20_000)
    engine = await startAlertmanager({ webhookUrl: `http://127.0.0.1:${port}/api/v1/alerts/webhook/real` })
    hooked = await startApp({
      upstreams: { clusters: [{ name: 'real', alertmanager: { url: engine.url } }] },
      config: { port },
    })
    await hooked.core.database.get()
    client = await openLive(hooked.url)
    await client.subscribe({ names: ['ALERT_FIRED', 'ALERT_RESOLVED'] })
  })
  afterAll(async () => {
    await client?.close()
    await engine?.stop()
    await hooked?.close()
  })

  const post = (alert: object) =>
    fetch(`${engine.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
    })
  const said = () => client.got.flatMap(({ event }) => (event ? [`${event.name} ${event.data.alert}`] : []))
  const labels = { alertname: 'GpuSick', severity: 'critical', node: 'gpu-1' }

  it('polls and notifications together tell of an alert once, and once of its end', { timeout: 90_000 }, async () => {
    const startsAt = new Date().toISOString()
    await post({ labels, startsAt, annotations: { summary: 'XID 79' } })
    await expect.poll(said, { timeout: 20_000 }).toEqual(['alert.fired GpuSick'])
    // time for a poll and for a notification
    await pause(12_000)
    await post({ labels, startsAt, endsAt: new Date().toISOString() })
    await expect.poll(said, { timeout: 30_000 }).toEqual(['alert.fired GpuSick', 'alert.resolved GpuSick'])
    await pause(11_000)
    expect(said()).toHaveLength(2)
    const { answer } = await hooked.call('get_alert_history', {})
    expect(answer.data!.rows).toMatchObject([{ alert: 'GpuSick', state: 'resolved', object: 'node/gpu-1' }])
  })

  it('a silence is planned, approved by a person, made in their name and ended again', async () => {
    await post({ labels: { ...labels, node: 'gpu-2' } })
    const listed = async (state: string) =>
      ((await hooked.call('list_alerts', { state })).answer.data?.rows ?? []) as { id: string }[]
    await expect.poll(async () => (await listed('firing')).length, { timeout: 10_000 }).toBe(1)
    const [alert] = await listed('firing')
    const decide = async (tool: string, input: object) => {
      const asked = await hooked.call(tool, input)
      expect(asked.answer.approval!.plan.steps[0]!.target).toBe('critical GpuSick node/gpu-2')
      return hooked.core.approvals.decide({ id: asked.answer.approval!.id, approve: true, actor: owner })
    }
    const made = await decide('silence_alert', { cluster: 'real', fingerprint: alert!.id, comment: 'being replaced' })
    expect(made).toMatchObject({ state: 'succeeded' })
    await expect.poll(async () => (await listed('silenced')).length).toBe(1)
    const silences = (await hooked.call('list_silences')).answer.data!.rows as { id: string }[]
    expect(silences).toMatchObject([{ state: 'active', mutes: 1, createdBy: 'Local owner' }])
    expect(await decide('expire_silence', { cluster: 'real', id: silences[0]!.id })).toMatchObject({
      state: 'succeeded',
    })
    await expect.poll(async () => (await listed('firing')).length).toBe(1)
  })
})
