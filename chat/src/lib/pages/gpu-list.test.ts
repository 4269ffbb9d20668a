import { describe, expect, it } from 'vitest'
import { type GpuRow, historyQuery, isHigh, isHot, nodePath, nodesOf, withRows } from './gpu-list.ts'

const gpu = (part: Partial<GpuRow> = {}): GpuRow => ({
  id: 'gpu-east/n1/0',
  cluster: 'gpu-east',
  node: 'n1',
  gpu: '0',
  model: 'H100',
  gpus: 1,
  utilizationPercent: 40,
  memoryUsedMib: 10,
  memoryTotalMib: 80,
  temperatureC: 60,
  powerWatts: 300,
  powerLimitWatts: 700,
  state: 'ok',
  stateTone: 'good',
  ...part,
})

describe('GPUs by node (GPU-015)', () => {
  it('warns above 85 % and from 80 °C (GPU-022), and of nothing that is not known', () => {
    expect([isHigh(85), isHigh(86), isHigh(undefined)]).toEqual([false, true, false])
    expect([isHot(79), isHot(80), isHot(undefined)]).toEqual([false, true, false])
  })

  it('sums what a node has, troubled nodes first', () => {
    const nodes = nodesOf([
      gpu(),
      gpu({ id: 'gpu-east/n1/10', gpu: '10', utilizationPercent: 60, temperatureC: 71 }),
      gpu({ id: 'gpu-east/n1/2', gpu: '2', utilizationPercent: 80, powerWatts: undefined }),
      gpu({ id: 'gpu-east/n2/0', node: 'n2', xid: 79, state: 'XID 79', stateTone: 'bad' }),
      gpu({ id: 'gpu-east/n3', node: 'n3', gpu: undefined, gpus: 8, state: 'no telemetry', stateTone: 'warn' }),
    ])
    expect(nodes.map(({ node }) => node)).toEqual(['n2', 'n3', 'n1'])
    expect(nodes[0]).toMatchObject({ xids: [79], state: 'XID 79' })
    expect(nodes[1]?.gpus).toEqual([])
    expect(nodes[2]).toMatchObject({ utilizationPercent: 60, temperatureC: 71, powerWatts: 600, memoryTotalMib: 240 })
    expect(nodes[2]?.gpus.map((one) => one.gpu)).toEqual(['0', '2', '10'])
  })

  it('counts the power of a GPU in slices once', () => {
    const [node] = nodesOf([gpu({ gpu: '0 1g.10gb' }), gpu({ id: 'other', gpu: '0 2g.20gb' })])
    expect(node?.powerWatts).toBe(300)
  })

  it('takes live rows and keeps what they leave out', () => {
    const { powerLimitWatts: _, ...live } = gpu({ utilizationPercent: 99 })
    expect(withRows([gpu()], [live])[0]).toMatchObject({ utilizationPercent: 99, powerLimitWatts: 700 })
    expect(withRows([gpu()], [gpu({ id: 'new' })])).toHaveLength(2)
    expect(withRows([gpu()], undefined)).toEqual([gpu()])
  })

  it('leads to the page of a node and quotes its name in a query', () => {
    expect(nodePath('gpu-east', 'a/b')).toBe('/gpus/gpu-east/a%2Fb')
    expect(historyQuery('X', 'n"1')).toBe('max by (gpu) (X{Hostname="n\\"1"} or X{hostname="n\\"1"})')
  })
})
