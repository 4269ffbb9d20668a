import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../http-server.ts'
import { fetchJson, type Json, TEST_START_MS, testWorld } from '../testing.ts'
import { createFaults } from '../world/faults.ts'
import type { Notifications } from './notify.ts'
import { type RunningAlertmanager, startAlertmanager } from './server.ts'

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
    expect((await get('/silence/none')).status).toBe(422)
    expect((await get('/silence/00000000-0000-4000-8000-000000000000')).status).toBe(404)
  })

  it('are refused when they make no sense', async () => {
    expect((await post('/silences', silence({ matchers: [] }))).status).toBe(400)
    expect((await post('/silences', silence({ endsAt: silence().startsAt }))).status).toBe(400)
    expect((await post('/silences', silence({ comment: undefined }))).status).toBe(422)
  })
})

it('tells its status', async () => {
  expect((await get('/status')).body).toMatchObject({
    versionInfo: { version: '0.34.0' },
    cluster: { status: 'ready' },
  })
  expect((await get('/receivers')).body).toEqual([{ name: 'oncall' }, { name: 'team' }])
})

describe('notifications', () => {
  const world = testWorld()
  const heard: Json[] = []
  let answer = 200
  let hook: RunningServer
  let alertmanager: RunningAlertmanager
  let notifications: Notifications

  beforeAll(async () => {
    hook = await startServer(async (request, response) => {
      heard.push({ token: request.headers.authorization, ...JSON.parse(await request.text()) })
      response.writeHead(answer).end()
    })
    alertmanager = await startAlertmanager({ world, cluster: 'gpu-west' })
    notifications = alertmanager.notifications({ url: hook.url, token: 'secret', groupWaitMs: 0, groupIntervalMs: 0 })
  })
  afterAll(async () => {
    notifications.stop()
    await Promise.all([alertmanager.close(), hook.close()])
  })
  const next = async () => {
    heard.length = 0
    await notifications.run()
    return heard
  }

  it('tell each group of version 4 once, again when something was added or ended, and 5xx until it is taken', async () => {
    const first = await next()
    const xid = first.find((one) => one.groupLabels.alertname === 'GpuXidError')
    expect(xid).toMatchObject({ version: '4', token: 'Bearer secret', status: 'firing', truncatedAlerts: 0 })
    expect(xid.alerts[0]).toMatchObject({ status: 'firing', endsAt: '0001-01-01T00:00:00Z', labels: { xid: '94' } })
    expect(await next()).toEqual([])

    const faults = createFaults(world)
    const { id } = faults.inject('xid79', { cluster: 'gpu-west', node: 'gpu-west-a100-01', gpu: 2 })
    answer = 503
    expect(await notifications.run()).toEqual([503])
    answer = 200
    const [added] = await next()
    expect(added).toMatchObject({ receiver: 'oncall', alerts: [{ labels: { xid: '79' }, status: 'firing' }] })

    world.tick(60)
    faults.clear(id)
    const gone = (await next()).find((one) => one.receiver === 'oncall')
    expect(gone).toMatchObject({
      status: 'resolved',
      alerts: [{ status: 'resolved', fingerprint: added.alerts[0].fingerprint, startsAt: added.alerts[0].startsAt }],
    })
    expect(Date.parse(gone.alerts[0].endsAt)).toBeLessThanOrEqual(world.now())
    expect(await next()).toEqual([])
  })
})
