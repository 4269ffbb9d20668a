import { describe, expect, it } from 'vitest'
import { xidCatalogue } from '../xid-catalogue.ts'
import { gpuChecks } from './checks/index.ts'
import type { HealthFacts } from './facts.ts'
import { judge } from './judge.ts'
import { factsOf, faultsOf, gpuOf, nodeOf, podOf, withGpu, withNode, withSmi, xid } from './testing.ts'

const idsOf = (more: Partial<HealthFacts>) => [...new Set(judge(factsOf(more)).findings.map(({ id }) => id))].sort()
const told = (...lines: Parameters<typeof faultsOf>) => ({ faults: faultsOf(...lines) })
const alarm = (type: string, message: string, more: Partial<HealthFacts> = {}) => ({
  ...withNode({ alarms: [{ type, message, at: '2026-11-20T10:00:00Z' }] }),
  ...more,
})
const unit = (pid: number) => xid(13, 'Graphics SM Warp Exception on (GPC 3, TPC 1, SM 0): x', { pid })

/** One sick fleet for each check: the check fires on it, and only those that are named with it. */
const sick: [id: string, facts: Partial<HealthFacts>, also?: string[]][] = [
  ['gpu-lost', told(xid(79, 'GPU has fallen off the bus.'))],
  ['gpu-lost', withSmi('gpu-lost')],
  ['gpu-lost', withGpu({ xid: 79, temperatureC: undefined, memoryUsedMib: undefined, utilizationPercent: undefined })],
  ['gsp-timeout', told(xid(119))],
  ['xid-reset-gpu', told(xid(109))],
  ['xid-pcie-or-controller', told(xid(167))],
  ['xid-app-same-unit', told(unit(1), unit(2))],
  ['xid-app', told(unit(1), unit(1))],
  ['xid-app', told(xid(31))],
  ['xid-45-alone', told(xid(45))],
  ['recovery-action', withGpu({ recoveryAction: 1 })],
  ['xid-power-connector', told(xid(54))],
  ['xid-power-connector', withSmi('external-power')],
  ['power-smoothing-lost', told(xid(163))],
  ['power-smoothing-worn', told(xid(164))],
  ['xid-restart-vm', told(xid(151))],
  ['xid-update-software', told(xid(78))],
  ['xid-159-alone', told(xid(159))],
  ['xid-vendor', told(xid(58))],
  ['xid-vendor', told(xid(166))],
  ['xid-restart-app', told(xid(69))],
  ['xid-watch', told(xid(121))],
  ['xid-unknown', told(xid(250))],
  ['xid-earlier', withGpu({ xid: 94 })],
  ['nvswitch-fatal', told('nvidia-nvswitch3: SXid (PCI:0000:c6:00.0): 20034, Fatal, Link 60 LTSSM Fault Up')],
  ['nvswitch-error', told('nvidia-nvswitch3: SXid (PCI:0000:c6:00.0): 12028, Non-fatal, Link 32 egress')],
  ['memory-uncontained', told(xid(95))],
  ['memory-uncorrectable', told(xid(48))],
  ['memory-uncorrectable', told(xid(140))],
  ['row-remap-failed', told(xid(64))],
  ['row-remap-failed', withGpu({ remapFailed: 1 })],
  ['memory-contained', told(xid(94))],
  ['row-remapped', told(xid(63))],
  ['memory-corrected-often', told(xid(92))],
  ['row-remap-pending', withGpu({ remapPending: 1 })],
  ['ecc-uncorrected', withGpu({ eccUncorrectedVolatile: 2 })],
  ['ecc-worn', withGpu({ eccCorrectedAggregate: 20_000_000 })],
  ['ecc-off', withGpu({ eccModeOn: 0 })],
  ['retired-pages-pending', withGpu({ retiredPending: 1 })],
  ['retired-pages-full', withGpu({ retiredSingleBit: 40, retiredDoubleBit: 20 })],
  ['reduced-memory', told(xid(168))],
  ['memory-detail-alone', told(xid(171))],
  ['zombie-memory', withGpu({ pod: undefined, utilizationPercent: 0 })],
  ['thermal-slowdown', withGpu({ throttleMask: 0x48, temperatureC: 91 })],
  ['gpu-hot', withGpu({ temperatureC: 88 })],
  ['memory-hot', withGpu({ memoryTemperatureC: 97 })],
  ['power-brake', withGpu({ throttleMask: 0x88 })],
  ['hardware-slowdown', withGpu({ throttleMask: 0x8 })],
  ['clock-low', withGpu({ smClockMhz: 900 })],
  ['pcie-width', withGpu({ pcieWidth: 8 })],
  ['pcie-generation', withGpu({ pcieGen: 3 })],
  ['pcie-replays', { growth: { pcieReplays: new Map([['east/GPU-n1-0', 300]]), nvlinkErrors: new Map() } }],
  ['nvlink-errors', { growth: { pcieReplays: new Map(), nvlinkErrors: new Map([['east/GPU-n1-0', 300]]) } }],
  ['nvlink-error', told(xid(74))],
  ['nvlink5-fatal', told(xid(149, 'NETIR_LINK_EVT Fatal XC0 i0 Link 02'))],
  ['nvlink5-nonfatal', told(xid(145, 'RLW_REMAP Nonfatal XC0 i0 Link 02'))],
  ['nvlink5-unread', told(xid(146, ''))],
  ['figures-disagree', withGpu({ disagreements: [{ figure: 'memoryTotalMib', dcgm: 1, smi: 81_559 }] })],
  ['gpus-unhealthy', withNode({ allocatable: 7 })],
  ['gpus-missing', withNode({ capacity: 7, allocatable: 7 })],
  ['gpus-missing', withNode({ capacity: 16, allocatable: 16, replicas: 4, sharing: 'time-slicing' })],
  ['node-alarm-urgent', alarm('SysLogsXIDError', 'ErrorCode:79 Recommended Action=RESTART_BM;')],
  ['node-alarm', alarm('GpuThermalWatch', 'hot. Recommended Action=NONE;')],
  ['imex-unhealthy', alarm('DCGMError', 'DCGM_FR_IMEX_UNHEALTHY', { withComputeDomain: new Set(['east']) })],
  ['health-verdict', withNode({ verdicts: { 'autopilot.ibm.com/gpuhealth': 'EVICT' } })],
  ['mig-config-failed', withNode({ mig: { config: 'all-1g.10gb', state: 'failed' } })],
  ['mig-config-pending', withNode({ mig: { config: 'all-1g.10gb', state: 'pending' } })],
  [
    'mig-wrong-resource',
    {
      nodes: [nodeOf('n1', { resources: { 'nvidia.com/mig-1g.10gb': { capacity: 8, allocatable: 8 } } })],
      agents: [],
      pods: [podOf('p', { node: undefined })],
    },
  ],
  [
    'sharing-full',
    {
      ...withNode({ sharing: 'time-slicing', replicas: 1 }),
      ...withGpu({ memoryUsedMib: 81_000, pods: ['a/b', 'a/c'] }),
    },
  ],
  [
    'claim-pending',
    {
      claims: [
        {
          cluster: 'east',
          namespace: 'a',
          name: 'c',
          allocated: false,
          devices: [],
          pods: [],
          createdAt: '2026-11-20T11:00:00Z',
        },
      ],
    },
  ],
  ['node-not-ready', withNode({ ready: false })],
  ['driver-not-loaded', withSmi('driver-not-loaded')],
  ['driver-mismatch', withSmi('library-missing')],
  ['driver-mismatch', withSmi('function-missing')],
  ['inforom-corrupt', withSmi('inforom')],
  ['interrupt-trouble', withSmi('interrupt')],
  ['smi-hangs', withSmi('timeout')],
  ['no-devices', withSmi('not-found')],
  ['smi-no-permission', withSmi('no-permission')],
  ['field-unreadable', withGpu({ broken: [{ field: 'temperature.gpu', said: 'GPU requires reset' }] })],
  ['no-telemetry', { silent: [nodeOf('n9')] }],
  [
    'gpu-pods-failing',
    {
      agents: factsOf().agents.map((one, index) =>
        index === 0 ? { ...one, ready: false, reason: 'CrashLoopBackOff' } : one,
      ),
    },
  ],
  ['gpu-pods-missing', { agents: factsOf().agents.slice(1) }],
  ['driver-skew', { ...withNode({ driver: '570.1.2' }), ...withGpu({}) }, ['driver-not-reloaded']],
  ['driver-not-reloaded', withNode({ driver: '580.95.06' }), ['driver-skew']],
  ['persistence-off', withGpu({ persistenceOn: 0 })],
  ['repeat-offender', told(xid(119), xid(62), xid(109)), ['gsp-timeout', 'xid-reset-gpu']],
]

describe('the checks of GPUs', () => {
  it.each(sick)('%s is found (%#), and nothing that is not there', (id, facts, also = []) => {
    expect(idsOf(facts)).toEqual([id, ...also].sort())
  })

  it('have each at least one such case', () =>
    expect([...new Set(sick.map(([id]) => id))].sort()).toEqual(gpuChecks.map(({ id }) => id).sort()))

  it.each(gpuChecks.map((check) => [check.id, check] as const))('%s is silent on a healthy fleet', (_, check) =>
    expect(check.look(factsOf())).toEqual([]),
  )

  it.each(gpuChecks.map((check) => [check.id, check] as const))(
    '%s says cause, remedy and what would prove it wrong',
    (_, check) => {
      for (const words of [check.title, check.cause, check.remedy, check.falsifier, check.reads])
        expect(words.length).toBeGreaterThan(7)
    },
  )

  it('have one name each', () => expect(new Set(gpuChecks.map(({ id }) => id)).size).toBe(gpuChecks.length))

  it('every XID of the catalogue in the kernel log is a finding or known to mean nothing alone', () => {
    const quiet = xidCatalogue.map(([code]) => code).filter((code) => idsOf(told(xid(code))).length === 0)
    // 43: a program stopped by its own fault. 154: the GPUs here say that no action is needed. 162: good news.
    expect(quiet).toEqual([43, 154, 162])
  })

  it('each finding has evidence with its source', () => {
    for (const [, facts] of sick)
      for (const { evidence } of judge(factsOf(facts)).findings) {
        expect(evidence.length).toBeGreaterThan(0)
        for (const { source, text } of evidence) expect(`${source}${text}`).not.toMatch(/undefined|\[object/)
      }
  })
})

it('a GPU without most figures (DCGM by default) is not sick for it', () => {
  const bare = gpuOf('n1', 0)
  for (const key of ['throttleMask', 'pcieGen', 'pcieWidth', 'eccModeOn', 'smClockMaxMhz', 'recoveryAction'] as const)
    delete bare[key]
  expect(idsOf({ gpus: [bare], nodes: [nodeOf('n1')] })).toEqual([])
})
