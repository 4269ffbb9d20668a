import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../http-server.ts'
import { fetchJson, type Json, TEST_START_MS, testWorld } from '../testing.ts'
import { startAlertmanager } from './server.ts'

const world = testWorld()
let server: RunningServer
beforeAll(async () => {
  server = await startAlertmanager({ world, cluster: 'gpu-west' })
})
afterAll(() => server.close())

const get = (path: string) => fetchJson(`${server.url}/api/v2${path}`)
const post = (path: string, body: unknown) =>
  fetchJson(`${server.url}/api/v2${path}`, { method: 'POST', body: JSON.stringify(body) })
const silence = (change: Json = {}) => ({
  matchers: [{ name: 'alertname', value: 'GpuXidError', isRegex: false, isEqual: true }],
  startsAt: new Date(TEST_START_MS).toISOString(),
  endsAt: new Date(TEST_START_MS + 3_600_000).toISOString(),
  createdBy: 'test',
  comment: 'known',
  ...change,
})

describe('alerts', () => {
  it('tell of what is wrong at rest: the worn GPU, the crashing pods, the Watchdog', async () => {
    const alerts = (await get('/alerts')).body
    const names = alerts.map((one: Json) => one.labels.alertname)
    expect(names).toEqual(
      expect.arrayContaining([
        'Watchdog',
        'GpuXidError',
        'KubePodCrashLooping',
        'KubePodNotScheduled',
        'KubeContainerOOMKilled',
      ]),
    )
    const xid = alerts.find((one: Json) => one.labels.alertname === 'GpuXidError')
    expect(xid.labels).toMatchObject({
      Hostname: 'gpu-west-a100-03',
      gpu: '5',
      xid: '94',
      severity: 'warning',
      cluster: 'gpu-west',
    })
    expect(xid).toMatchObject({ status: { state: 'active', silencedBy: [] }, receivers: [{ name: 'team' }] })
    expect(new Set(alerts.map((one: Json) => one.fingerprint)).size).toBe(alerts.length)
  })

  it('are filtered by matchers, and a bad one is refused', async () => {
    const found = (await get('/alerts?filter=alertname%3D~"Kube.*"&filter=severity%3D"warning"')).body
    expect(found.length).toBeGreaterThan(3)
    expect(found.every((one: Json) => one.labels.alertname.startsWith('Kube'))).toBe(true)
    expect((await get('/alerts?filter=nonsense')).status).toBe(400)
  })

  it('are grouped by receiver and name, and can be posted', async () => {
    expect(
      (await post('/alerts', [{ labels: { alertname: 'FromOutside', severity: 'critical' }, annotations: {} }])).status,
    ).toBe(200)
    const groups = (await get('/alerts/groups')).body
    expect(groups.find((one: Json) => one.labels.alertname === 'FromOutside').receiver.name).toBe('oncall')
  })
})

describe('silences', () => {
  it('suppress what they match, until they are expired; a new matcher makes a new one', async () => {
    const { silenceID } = (await post('/silences', silence())).body
    const [alert] = (await get('/alerts?filter=alertname%3D"GpuXidError"')).body
    expect(alert.status).toMatchObject({ state: 'suppressed', silencedBy: [silenceID] })
    expect((await get('/alerts?filter=alertname%3D"GpuXidError"&silenced=false')).body).toEqual([])
    const same = (await post('/silences', silence({ id: silenceID, comment: 'still known' }))).body
    expect(same.silenceID).toBe(silenceID)
    const changed = (
      await post(
        '/silences',
        silence({ id: silenceID, matchers: [{ name: 'alertname', value: 'Other', isRegex: false }] }),
      )
    ).body
    expect(changed.silenceID).not.toBe(silenceID)
    expect((await get(`/silence/${silenceID}`)).body.status.state).toBe('expired')
    await fetchJson(`${server.url}/api/v2/silence/${changed.silenceID}`, { method: 'DELETE' })
    expect((await get(`/silence/${changed.silenceID}`)).body.status.state).toBe('expired')
    expect((await get('/silence/none')).status).toBe(404)
  })

  it('are refused when they make no sense', async () => {
    expect((await post('/silences', silence({ matchers: [] }))).status).toBe(400)
    expect((await post('/silences', silence({ endsAt: silence().startsAt }))).status).toBe(400)
    expect((await post('/silences', silence({ comment: '' }))).status).toBe(400)
  })
})

it('tells its status', async () => {
  expect((await get('/status')).body).toMatchObject({
    versionInfo: { version: '0.34.0' },
    cluster: { status: 'ready' },
  })
  expect((await get('/receivers')).body).toEqual([{ name: 'oncall' }, { name: 'team' }])
})
