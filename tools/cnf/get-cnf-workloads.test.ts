import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { asPod } from '../kubernetes/service.ts'
import { getCnfWorkloads } from './get-cnf-workloads.tool.ts'
import { cnfTypeOf, cnfTypeOfPod } from './service.ts'
import { cnfContext, site } from './testing.ts'

const pod = (namespace: string, name: string, more: { component?: string; waiting?: string } = {}): KubeObject => ({
  metadata: {
    name,
    namespace,
    creationTimestamp: '2026-11-20T10:00:00Z',
    labels: more.component ? { 'app.kubernetes.io/component': more.component } : {},
  },
  spec: { nodeName: 'n1', containers: [{ name: 'main' }, { name: 'sidecar' }] },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: more.waiting ? 'False' : 'True', lastTransitionTime: '2026-11-20T11:00:00Z' },
    ],
    containerStatuses: [
      more.waiting
        ? { name: 'main', ready: false, state: { waiting: { reason: more.waiting } } }
        : { name: 'main', ready: true, state: { running: {} } },
      { name: 'sidecar', ready: true, state: { running: {} } },
    ],
  },
})
const pods = [
  pod('upf-core', 'upf-0'),
  pod('du-site1', 'radio-x7', { waiting: 'CrashLoopBackOff' }),
  pod('core', 'access', { component: 'amf' }),
  pod('shop', 'web-1'),
  pod('core-5g', 'upf-exporter-1'),
]
const run = async (input: object = {}) => {
  const kubernetes = site({ pods })
  const reply = await getCnfWorkloads.run(getCnfWorkloads.input.parse(input) as never, cnfContext({ kubernetes }))
  return {
    ...reply,
    data: reply.data as unknown as { rows: Record<string, unknown>[]; facts: { label: string; value: string }[] },
  }
}

describe('get_cnf_workloads', () => {
  it('CNF-006, CNF-007: finds network functions by label, name and namespace, troubled ones first', async () => {
    const { data } = await run()
    expect(data.rows.map(({ name, type, status }) => [name, type, status])).toEqual([
      ['radio-x7', 'vDU', 'CrashLoopBackOff'],
      ['upf-0', 'UPF', 'Running'],
      ['access', 'AMF', 'Running'],
    ])
    expect(data.rows[1]).toMatchObject({
      cluster: 'edge',
      namespace: 'upf-core',
      node: 'n1',
      containers: 'main, sidecar',
      lastUpdated: '2026-11-20T11:00:00Z',
    })
    expect(data.facts.map(({ label, value }) => `${label} ${value}`)).toEqual(['vDU 1', 'UPF 1', 'AMF 1', 'not well 1'])
  })

  it('CNF-001: shows one type, and says which others there are when it has none', async () => {
    expect((await run({ cnfType: 'amf' })).data.rows).toHaveLength(1)
    expect((await run({ cnfType: 'smf' })).empty!.likely[0]).toBe('3 pods of other types run')
    expect(getCnfWorkloads.input.safeParse({ cnfType: 'router' }).success).toBe(false)
  })
})

describe('the type in a name', () => {
  it.each([
    ['du-site1', 'vdu'],
    ['vDU2', 'vdu'],
    ['oran_cu-cp', 'vcu'],
    ['open5gs-amf-7d9', 'amf'],
    ['linuxptp-daemon-x', 'ptp'],
    ['openshift-ptp', 'ptp'],
    ['cuda-sample', undefined],
    ['education', undefined],
    ['smffy', undefined],
    ['dualstack', undefined],
  ])('%s: %s', (name, type) => expect(cnfTypeOf(name)).toBe(type))

  it('of an exporter is none', () => expect(cnfTypeOfPod(asPod(pods[4]!))).toBeUndefined())
})
