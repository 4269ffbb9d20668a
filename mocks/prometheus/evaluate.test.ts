import { afterAll, describe, expect, it } from 'vitest'
import { type Running, run, sourceOf } from './testing/small.ts'

const source = sourceOf({
  'requests_total{route="a"}': (step) => step * 30,
  'requests_total{route="b"}': (step) => (step % 8) * 15,
  'busy{gpu="0",node="n1"}': (step) => step,
  'busy{gpu="1",node="n1"}': () => 20,
  'busy{gpu="0",node="n2"}': () => Number.NaN,
  'info{node="n1",zone="east"}': () => 1,
  'info{node="n2",zone="west"}': () => 1,
  'gone{node="n1"}': (step) => (step <= 10 ? 5 : undefined),
  'latency_bucket{le="1"}': (step) => step * 10,
  'latency_bucket{le="2"}': (step) => step * 30,
  'latency_bucket{le="+Inf"}': (step) => step * 40,
})

describe('PromQL evaluation, hand-computed (MET-001)', () => {
  const servers: Record<'2' | '3', Promise<Running>> = { '2': run(source, { rangeMode: '2' }), '3': run(source) }
  afterAll(async () => {
    for (const server of Object.values(servers)) await (await server).close()
  })
  const in3 = async (query: string, step = 40) => (await servers['3']).instant(query, step)
  const in2 = async (query: string, step = 40) => (await servers['2']).instant(query, step)

  it('leaves the left edge of a range out in 3.x and takes it in 2.x', async () => {
    expect(await in3('count_over_time(busy{gpu="1"}[1m])')).toEqual({ '{gpu="1",node="n1"}': '4' })
    expect(await in2('count_over_time(busy{gpu="1"}[1m])')).toEqual({ '{gpu="1",node="n1"}': '5' })
  })

  it('looks back five minutes and not further', async () => {
    expect(await in2('gone', 30)).toEqual({ 'gone{node="n1"}': '5' })
    expect(await in3('gone', 30)).toEqual({})
    expect(await in3('gone', 29)).toEqual({ 'gone{node="n1"}': '5' })
    expect(await in2('gone', 31)).toEqual({})
  })

  it('extrapolates a steady counter to its true rate and sees through resets', async () => {
    expect(await in3('rate(requests_total{route="a"}[5m])')).toEqual({ '{route="a"}': '2' })
    expect(await in3('increase(requests_total{route="a"}[1m])')).toEqual({ '{route="a"}': '120' })
    expect(await in3('irate(requests_total{route="b"}[1m])', 42)).toEqual({ '{route="b"}': '1' })
    expect(await in3('resets(requests_total{route="b"}[4m1s])', 40)).toEqual({ '{route="b"}': '2' })
    expect(await in3('rate(requests_total[15s])')).toEqual({})
  })

  it('reads offsets, @ and subqueries', async () => {
    expect(await in3('busy{node="n1",gpu="0"} offset 1m')).toEqual({ 'busy{gpu="0",node="n1"}': '36' })
    expect(await in3('busy{node="n1",gpu="0"} @ 1700000115')).toEqual({ 'busy{gpu="0",node="n1"}': '1' })
    expect(await in3('max_over_time(busy{node="n1",gpu="0"}[2m:1m])', 43)).toEqual({ '{gpu="0",node="n1"}': '40' })
    expect(await in3('busy{node="n1",gpu="0"} - busy offset 1m')).toEqual({ '{gpu="0",node="n1"}': '4' })
  })

  it('aggregates by and without, NaN included', async () => {
    expect(await in3('sum by (node) (busy)')).toEqual({ '{node="n1"}': '60', '{node="n2"}': 'NaN' })
    expect(await in3('max without (gpu, node) (busy)')).toEqual({ '{}': '40' })
    expect(await in3('topk(1, busy)')).toEqual({ 'busy{gpu="0",node="n1"}': '40' })
    expect(await in3('quantile(0.5, busy{node="n1"})')).toEqual({ '{}': '30' })
    expect(await in3('count_values("v", info)')).toEqual({ '{v="1"}': '2' })
  })

  it('matches vectors and says why it cannot', async () => {
    expect(await in3('sum by (zone) (busy{node="n1"} * on (node) group_left (zone) info)')).toEqual({
      '{zone="east"}': '60',
    })
    expect(await in3('busy * on (node) info')).toContain('many-to-one matching must be explicit')
    expect(await in3('info * on (node) group_left () busy')).toContain('many-to-many matching not allowed')
    expect(await in3('busy and on (node) gone', 10)).toEqual({
      'busy{gpu="0",node="n1"}': '10',
      'busy{gpu="1",node="n1"}': '20',
    })
    expect(await in3('busy > bool 30')).toEqual({
      '{gpu="0",node="n1"}': '1',
      '{gpu="1",node="n1"}': '0',
      '{gpu="0",node="n2"}': '0',
    })
  })

  it('interpolates quantiles in classic buckets', async () => {
    expect(await in3('histogram_quantile(0.5, latency_bucket)')).toEqual({ '{}': '1.5' })
    expect(await in3('histogram_quantile(0.9, latency_bucket)')).toEqual({ '{}': '2' })
  })

  it('relabels', async () => {
    expect(await in3('label_replace(info{node="n1"}, "short", "$1", "node", "n(.*)")')).toEqual({
      'info{node="n1",short="1",zone="east"}': '1',
    })
    expect(await in3('label_join(info{node="n1"}, "both", "/", "node", "zone")')).toEqual({
      'info{both="n1/east",node="n1",zone="east"}': '1',
    })
    expect(await in3('label_replace(info, "node", "x", "zone", ".*") * 0')).toHaveProperty('{node="x",zone="east"}')
  })

  it('takes durations as numbers and arithmetic in ranges only where 3.x does', async () => {
    expect(await in3('vector(5m)')).toEqual({ '{}': '300' })
    expect(await in3('count_over_time(busy{gpu="1"}[30s * 2])')).toEqual({ '{gpu="1",node="n1"}': '4' })
    expect(await in3('count_over_time(busy{gpu="1"}[60])')).toEqual({ '{gpu="1",node="n1"}': '4' })
    expect(await in3('{"info",node="n1"}')).toEqual({ 'info{node="n1",zone="east"}': '1' })
    expect(await in2('vector(5m)')).toContain('1:8: parse error')
    expect(await in2('{"info"}')).toContain('1:2: parse error')
  })

  it('lets nothing be seen of the future', async () => {
    const early = await run(source, { now: () => 1_700_000_100_000 + 3 * 15_000 })
    expect(await early.instant('count_over_time(busy{gpu="1"}[1h])', 40)).toEqual({ '{gpu="1",node="n1"}': '4' })
    await early.close()
  })
})
