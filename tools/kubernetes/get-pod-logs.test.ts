import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { LogQuery } from '../clients/kubernetes/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, kubernetesOf, perCluster } from '../testing-upstreams.ts'
import { getPodLogs } from './get-pod-logs.tool.ts'
import { podOf } from './testing.ts'

const two = { containers: [{ name: 'main' }, { name: 'proxy' }], initContainers: [{ name: 'fetch' }] }
const printed: Record<string, string> = {
  main: Array.from(
    { length: 300 },
    (_, index) =>
      `2026-11-20T11:${String(Math.floor(index / 60)).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}Z line ${index}${index % 100 === 0 ? ' ERROR' : ''}`,
  ).join('\n'),
  proxy: '2026-11-20T11:59:00Z ready\n',
}
const asked: LogQuery[] = []
const logs = (query: LogQuery) => {
  asked.push(query)
  if (query.previous) throw new ToolError('not-found', 'previous terminated container not found', { next: 'x' })
  const all = (printed[query.container ?? ''] ?? '').split('\n')
  return all.slice(-(query.tailLines ?? all.length)).join('\n')
}
const ctx = testContext({
  clients: {
    fleet: fleetOf([clusterInfo('east')]),
    kubernetes: perCluster({
      east: kubernetesOf({
        cluster: 'east',
        logs,
        objects: {
          deployments: [
            {
              kind: 'Deployment',
              metadata: { name: 'web', namespace: 'shop' },
              spec: { selector: { matchLabels: { app: 'web' } } },
            },
          ],
          configmaps: [{ kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' } }],
          pods: [
            podOf({ name: 'one' }),
            podOf({ name: 'two', spec: two }),
            podOf({ name: 'quiet-7f9-x2' }),
            podOf({ name: 'web-7f9-aa', labels: { app: 'web' } }),
            podOf({ name: 'web-7f9-bb', labels: { app: 'web' }, creationTimestamp: '2026-11-19T12:00:00Z' }),
            ...Array.from({ length: 12 }, (_, index) => podOf({ name: `many-${index}`, labels: { app: 'many' } })),
            podOf({
              name: 'waits',
              spec: { containers: [{ name: 'quiet' }] },
              status: {
                phase: 'Pending',
                containerStatuses: [
                  { name: 'quiet', restartCount: 3, state: { waiting: { reason: 'ImagePullBackOff' } } },
                ],
              },
            }),
          ],
        },
      }),
    }),
  },
})
type Data = { title: string; note?: string; lines: { n: number; text: string; source?: string; at?: string }[] }
const run = async (input: object) => {
  asked.length = 0
  const reply = await getPodLogs.run(
    getPodLogs.input.parse({ cluster: 'east', namespace: 'shop', pod: 'one', ...input }) as never,
    ctx,
  )
  return { ...reply, data: reply.data as unknown as Data }
}

describe('get_pod_logs', () => {
  it('shows the last lines, oldest first, and passes the bounds on', async () => {
    const { data } = await run({ tail: 3, since: '2h' })
    expect(data.lines.map(({ n, text }) => [n, text])).toEqual([
      [1, 'line 297'],
      [2, 'line 298'],
      [3, 'line 299'],
    ])
    expect(asked[0]).toMatchObject({
      container: 'main',
      tailLines: 3,
      sinceSeconds: 7200,
      limitBytes: 1_000_000,
      timestamps: true,
    })
  })

  it('names its container on each line where there are several', async () => {
    const { data } = await run({ pod: 'two', tail: 2 })
    expect(data.lines.map(({ source, text }) => `${source} ${text}`)).toEqual(['main line 299', 'proxy ready'])
    expect(data.note).toContain('containers: main, proxy')
    expect((await run({ pod: 'two', container: 'proxy' })).data.lines).toHaveLength(1)
  })

  it('searches further back than it shows', async () => {
    const { data } = await run({ grep: 'error', tail: 2 })
    expect(asked[0]!.tailLines).toBe(10_000)
    expect(data.lines.map(({ text }) => text)).toEqual(['line 100 ERROR', 'line 200 ERROR'])
    expect(data.note).toBe('3 of 300 lines match')
  })

  it('explains silence, and passes on what the API server refuses', async () => {
    expect((await run({ pod: 'waits' })).empty).toMatchObject({
      likely: ['quiet has not started: ImagePullBackOff'],
      next: ['get_pod_logs with previous true', 'diagnose_pod'],
    })
    expect((await run({ grep: 'unheard of' })).empty!.likely[0]).toBe('None of 300 lines holds unheard of')
    await expect(run({ previous: true })).rejects.toThrow('previous terminated container not found')
    await expect(run({ container: 'nope' })).rejects.toMatchObject({ options: { next: 'Its containers: main' } })
    await expect(run({ pod: 'absent' })).rejects.toMatchObject({ code: 'not-found', options: { field: 'pod' } })
    await expect(run({ pod: 'quiet' })).rejects.toMatchObject({ options: { next: 'Did you mean quiet-7f9-x2?' } })
  })

  it.each(['deployment/web', 'app=web', 'web-7f9-aa, web-7f9-bb'])('merges the pods of %s by time', async (pod) => {
    const { data } = await run({ pod, tail: 4 })
    expect(new Set(data.lines.map(({ source }) => source))).toEqual(new Set(['aa', 'bb']))
    expect(data.lines.map(({ text }) => text)).toEqual(['line 298', 'line 298', 'line 299', 'line 299'])
    expect(data.note).toMatch(/^pods: web-7f9-\w\w, web-7f9-\w\w; /)
    expect(asked.map(({ limitBytes }) => limitBytes)).toEqual([500_000, 500_000])
  })

  it('reads ten pods at most, says how many are left, and shares lines of a search among them', async () => {
    const { data } = await run({ pod: 'app=many', grep: 'error 100' })
    expect(asked).toHaveLength(10)
    expect(asked[0]!.tailLines).toBe(2_000)
    expect(data.note).toContain('2 more pods not read')
    expect(data.lines.every(({ text }) => text === 'line 100 ERROR')).toBe(true)
  })

  it('says what selects no pods, and where there are none', async () => {
    await expect(run({ pod: 'configmap/web' })).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(run({ pod: 'app=nobody' })).rejects.toMatchObject({ code: 'not-found' })
    await expect(run({ pod: 'deployment/nobody' })).rejects.toMatchObject({
      code: 'not-found',
      options: { field: 'pod' },
    })
  })

  it('marks every line as data', async () => {
    const { data } = await run({ tail: 1 })
    expect(
      getPodLogs
        .text(data as never, { shown: 1, total: 1 })
        .split('\n')
        .at(-1),
    ).toBe('11:04:59| line 299')
  })
})
