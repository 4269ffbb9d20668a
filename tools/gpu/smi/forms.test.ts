import { describe, expect, it } from 'vitest'
import { readAppsCsv, readGpuCsv } from './csv.ts'
import { smiFailure } from './failure.ts'
import { readCell } from './report.ts'
import { csvGpu, csvLine, failures, migXml, newXml, oldXml, uuidOf } from './testing.ts'
import { readReportXml } from './xml.ts'

describe('one value (GPU-006, GPU-008)', () => {
  it.each([
    ['81559', { value: 81559 }],
    ['81559 MiB', { value: 81559 }],
    ['651.32 W', { value: 651.32 }],
    ['651,32', { value: 651.32 }],
    ['0x0000000000000044', { value: 0x44 }],
    ['16x', { value: 16 }],
    ['Enabled', { value: 1 }],
    ['Not Active', { value: 0 }],
    ['[N/A]', { none: true }],
    ['N/A', { none: true }],
    ['[Not Supported]', { none: true }],
    ['', { none: true }],
    ['[Unknown Error]', { broken: 'Unknown Error' }],
    ['[GPU requires reset]', { broken: 'GPU requires reset' }],
    ['ERR!', { broken: 'ERR!' }],
    ['garbage', { broken: 'garbage' }],
  ])('%j', (text, cell) => expect(readCell(text)).toEqual(cell))
})

describe('the CSV of --query-gpu', () => {
  it('reads the columns, a passively cooled board has no fan', () => {
    const { gpus, skipped } = readGpuCsv(`${csvGpu(0)}\n${csvGpu(1, { 'fan.speed': '44' })}\n`)
    expect(skipped).toBe(0)
    expect(gpus[0]).toMatchObject({
      index: 0,
      uuid: uuidOf(0),
      model: 'NVIDIA H100 80GB HBM3',
      driver: '580.95.05',
      device: '00000000:10:00.0',
      migOn: false,
      broken: [],
      figures: { memoryUsedMib: 74627, powerWatts: 651.32, throttleMask: 4, eccModeOn: 1, remapPending: 0 },
    })
    expect(gpus[0]!.figures).not.toHaveProperty('fanPercent')
    expect(gpus[1]!.figures.fanPercent).toBe(44)
  })

  it('skips rows that are too short, have no index, or are a header, and counts them', () => {
    const text = [
      'index, uuid',
      csvGpu(0),
      '0, GPU-x, NVIDIA',
      csvGpu(1, { index: 'ERR!' }),
      'warning: infoROM is corrupted',
      '',
    ].join('\n')
    expect(readGpuCsv(text)).toMatchObject({ gpus: [{ index: 0 }], skipped: 3 })
  })

  it('keeps what can be read of a GPU whose other fields cannot', () => {
    const { gpus } = readGpuCsv(
      csvGpu(0, {
        'temperature.gpu': 'ERR!',
        'utilization.gpu': '[GPU requires reset]',
        'memory.used': '[Unknown Error]',
      }),
    )
    expect(gpus[0]!.broken).toEqual([
      { field: 'memory.used', said: 'Unknown Error' },
      { field: 'utilization.gpu', said: 'GPU requires reset' },
      { field: 'temperature.gpu', said: 'ERR!' },
    ])
    expect(gpus[0]!.figures).toMatchObject({ powerWatts: 651.32 })
    expect(gpus[0]!.figures).not.toHaveProperty('temperatureC')
  })

  it('takes the numbers of another locale', () => {
    const { gpus } = readGpuCsv(csvGpu(0, { 'power.draw': '651,32', 'power.limit': '700,00' }))
    expect(gpus[0]!.figures).toMatchObject({ powerWatts: 651.32, powerLimitWatts: 700 })
  })

  it('reads lines of another system', () => expect(readGpuCsv(`${csvLine()}\r\n`).gpus).toHaveLength(1))
})

it('ties a compute process to its GPU by UUID (GPU-007)', () => {
  const text = [
    `${uuidOf(1)}, 4242, python3, -c, import torch, 70000`,
    `${uuidOf(1)}, 7, [Not Found], [N/A]`,
    `${uuidOf(8)}, 8, elsewhere, 1`,
    'No running processes found',
    `${uuidOf(1)}, x, y, 1`,
  ].join('\n')
  expect(readAppsCsv(text, new Map([[uuidOf(1), 1]]))).toEqual([
    {
      pid: 4242,
      name: 'python3, -c, import torch',
      uuid: uuidOf(1),
      gpuIndex: 1,
      type: 'compute',
      memoryUsedMib: 70000,
    },
    { pid: 7, name: '[Not Found]', uuid: uuidOf(1), gpuIndex: 1, type: 'compute' },
  ])
})

describe('the XML of -q -x', () => {
  it('reads the names of today', () => {
    const report = readReportXml(newXml)!
    expect(report).toMatchObject({ driver: '580.95.05', cuda: '13.0', skipped: 0, notes: [] })
    expect(report.gpus[0]!.figures).toEqual({
      utilizationPercent: 97,
      memoryUsedMib: 74627,
      memoryTotalMib: 81559,
      temperatureC: 61,
      memoryTemperatureC: 70,
      powerWatts: 651.32,
      powerLimitWatts: 700,
      smClockMhz: 1305,
      smClockMaxMhz: 1980,
      throttleMask: 0x4c,
      eccModeOn: 1,
      eccCorrectedVolatile: 3,
      eccUncorrectedVolatile: 4,
      eccCorrectedAggregate: 9,
      eccUncorrectedAggregate: 4,
      remappedCorrectable: 0,
      remappedUncorrectable: 2,
      remapPending: 1,
      remapFailed: 0,
      pcieReplays: 12,
      pcieGen: 4,
      pcieGenMax: 5,
      pcieWidth: 8,
      pcieWidthMax: 16,
      persistenceOn: 1,
      recoveryAction: 4,
    })
  })

  it('tells compute, graphics and mixed processes apart (GPU-013), whatever is in their names', () => {
    expect(
      readReportXml(newXml)!.processes.map(({ pid, type, name, memoryUsedMib }) => [pid, type, name, memoryUsedMib]),
    ).toEqual([
      [4242, 'compute', 'python3 train.py <x> & co', 70000],
      [17, 'graphics', 'Xorg', undefined],
      [18, 'mixed', 'blender', 300],
    ])
  })

  it('reads the names of old drivers', () => {
    expect(readReportXml(oldXml)!.gpus[0]!.figures).toMatchObject({
      powerWatts: 38.12,
      powerLimitWatts: 300,
      throttleMask: 0x80,
      eccCorrectedVolatile: 3,
      eccUncorrectedVolatile: 1,
      retiredSingleBit: 2,
      retiredDoubleBit: 1,
      retiredPending: 1,
    })
  })

  it('lists MIG instances, and takes no utilisation from the whole', () => {
    const report = readReportXml(migXml)!
    expect(report.gpus[0]).toMatchObject({ migOn: true, migs: [{ id: '7' }, { id: '8', memoryUsedMib: 9000 }] })
    expect(report.gpus[0]!.figures).not.toHaveProperty('utilizationPercent')
    expect(report.processes).toMatchObject([{ pid: 9, migId: '8' }])
  })

  it('reads as far as it goes when it broke off at any place, and never throws', () => {
    for (let length = 0; length < newXml.length; length += 37) {
      const report = readReportXml(newXml.slice(0, length))
      if (report) expect(report.notes.join()).toMatch(/broke off/)
    }
    const half = readReportXml(newXml.slice(0, newXml.indexOf('<remapped_rows>')))!
    expect(half.gpus[0]!.figures).toMatchObject({ memoryUsedMib: 74627 })
    expect(half.gpus[0]!.figures).not.toHaveProperty('temperatureC')
  })

  it('says when an attached GPU is missing', () =>
    expect(readReportXml(newXml.replace('<attached_gpus>1<', '<attached_gpus>8<'))!.notes).toEqual([
      '7 of 8 attached GPUs are not in the report',
    ]))

  it.each(['', 'Segmentation fault', '<html><body>Sign in</body></html>', '{"a":1}', '<'.repeat(9999)])(
    'is silent on what is no report (%#)',
    (text) => expect(readReportXml(text)).toBeUndefined(),
  )
})

describe('why there is no report', () => {
  const run = (exitCode: number, stdout = '', stderr = '') => smiFailure({ exitCode, stdout, stderr })
  it.each([
    [2, 'bad-query'],
    [3, 'unsupported'],
    [4, 'no-permission'],
    [6, 'not-found'],
    [8, 'external-power'],
    [9, 'driver-not-loaded'],
    [10, 'interrupt'],
    [12, 'library-missing'],
    [13, 'function-missing'],
    [14, 'inforom'],
    [15, 'gpu-lost'],
    [127, 'no-program'],
    [255, 'other'],
    [1, 'other'],
  ])('exit code %i: %s', (code, kind) => {
    expect(run(code)).toMatchObject({ kind, exitCode: code, meaning: expect.stringMatching(/\w{4}/) })
  })

  it.each([
    ['driver-not-loaded', failures.driver],
    ['library-missing', failures.library],
    ['function-missing', failures.mismatch],
    ['gpu-lost', failures.lost],
    ['bad-query', failures.field],
    ['no-permission', failures.permission],
    ['not-found', failures.none],
  ])('the words tell %s, whatever the exit code and the stream', (kind, said) => {
    for (const code of [0, 255]) {
      expect(run(code, said)?.kind).toBe(kind)
      expect(run(code, '', said)?.kind).toBe(kind)
    }
    expect(run(255, said)!.said).toBe(said.split('\n')[0]!.trim())
  })

  it('a report with a warning beside it is no failure', () => {
    const warning = 'WARNING: infoROM is corrupted at gpu 0000:18:00.0\n'
    expect(run(0, `${csvGpu(0)}\n`, warning)).toBeUndefined()
    expect(run(0, `${warning}${csvGpu(0)}\n`)).toBeUndefined()
    expect(run(14, `${warning}`)?.kind).toBe('inforom')
  })

  it('words of another locale still have their exit code', () =>
    expect(run(9, 'NVIDIA-SMI a échoué: impossible de communiquer avec le pilote\n')).toMatchObject({
      kind: 'driver-not-loaded',
    }))
})
