import type { SeriesSource, SourceSeries } from '../types.ts'

/**
 * A small fleet of samples for tests: counters with resets, gauges with NaN, infinities and gaps, a classic histogram,
 * series that begin late or end early. Every value is a function of its time.
 */

export const fixtureStartMs = 1_700_000_010_000
export const fixtureEndMs = fixtureStartMs + 2 * 3_600_000
const intervalMs = 15_000

type Curve = (step: number) => number | undefined

/** A repeatable number in 0..1 that looks random. */
function noise(seed: number, step: number): number {
  const wave = Math.sin(seed * 127.1 + step * 311.7) * 43_758.5453
  return wave - Math.floor(wave)
}

/** Rises unevenly and starts again from near zero every `resetEvery` steps. */
function counter(seed: number, resetEvery: number): Curve {
  return (step) => {
    const age = step % resetEvery
    return Math.round(age * (3 + seed) + noise(seed, step) * 3)
  }
}

const gauge =
  (seed: number, level: number): Curve =>
  (step) =>
    level + 10 * Math.sin(step / 9 + seed) + noise(seed, step)
const between =
  (curve: Curve, from: number, to: number): Curve =>
  (step) =>
    step >= from && step < to ? curve(step) : undefined
const gappy =
  (curve: Curve): Curve =>
  (step) =>
    step % 40 >= 12 && step % 40 < 37 ? undefined : curve(step)
const sometimes =
  (curve: Curve, odd: number, every: number): Curve =>
  (step) =>
    step % every === 3 ? odd : curve(step)

function newSeries(name: string, labels: Record<string, string>, curve: Curve): SourceSeries {
  return {
    labels: { __name__: name, ...labels },
    at(tMs) {
      const step = (tMs - fixtureStartMs) / intervalMs
      return Number.isInteger(step) && step >= 0 && tMs <= fixtureEndMs ? curve(step) : undefined
    },
  }
}

function gpuSeries(): SourceSeries[] {
  const all: SourceSeries[] = []
  for (const [index, node] of ['node-a', 'node-b', 'node-c'].entries()) {
    for (let gpu = 0; gpu < 2; gpu += 1) {
      const seed = index * 2 + gpu
      const labels = { gpu: String(gpu), node, model: index === 2 ? 'L40S' : 'H100', job: 'dcgm' }
      all.push(newSeries('gpu_utilization', labels, gauge(seed, 40 + 7 * seed)))
      all.push(
        newSeries('gpu_memory_used_bytes', labels, (step) => 1e9 * (5 + seed) + 1e6 * ((step * (seed + 1)) % 97)),
      )
      all.push(newSeries('gpu_energy_joules_total', labels, counter(seed, 1000)))
    }
    all.push(newSeries('node_info', { node, zone: index === 0 ? 'east' : 'west', job: 'kube' }, () => 1))
    all.push(
      newSeries('up', { job: 'dcgm', instance: `${node}:9400` }, (step) => (index === 1 && step % 50 > 30 ? 0 : 1)),
    )
  }
  return all
}

function requestSeries(): SourceSeries[] {
  const all: SourceSeries[] = []
  for (const [index, route] of ['/chat', '/models', '/slow.path'].entries()) {
    for (const code of ['200', '500']) {
      const seed = index + (code === '500' ? 7 : 1)
      all.push(newSeries('http_requests_total', { route, code, job: 'api' }, counter(seed, 120 + 10 * index)))
    }
    const bounds = ['0.1', '0.5', '1', '2.5', '+Inf']
    for (const [rank, le] of bounds.entries()) {
      all.push(
        newSeries('latency_seconds_bucket', { route, le, job: 'api' }, (step) =>
          Math.floor(step * (rank + 1) * (1 + index / 3)),
        ),
      )
    }
    all.push(newSeries('latency_seconds_sum', { route, job: 'api' }, (step) => step * 2.5 * (index + 1)))
    all.push(
      newSeries('latency_seconds_count', { route, job: 'api' }, (step) => Math.floor(step * 5 * (1 + index / 3))),
    )
  }
  return all
}

function oddSeries(): SourceSeries[] {
  const plain = gauge(3, 5)
  return [
    newSeries('odd', { kind: 'gappy' }, gappy(plain)),
    newSeries('odd', { kind: 'late' }, between(gauge(5, 6), 200, 481)),
    newSeries('odd', { kind: 'early' }, between(gauge(6, 4), 0, 150)),
    newSeries('odd', { kind: 'nan' }, sometimes(gauge(7, 3), Number.NaN, 5)),
    newSeries('odd', { kind: 'negative' }, (step) => -3 - (step % 7)),
    newSeries('odd', { kind: 'constant' }, () => 42),
    newSeries('odd', { kind: 'tiny' }, (step) => (step + 1) * 1.5e-9),
    newSeries('odd', { kind: 'huge' }, (step) => (step + 1) * 2.5e21),
    newSeries('infinite', { sign: 'plus' }, sometimes(plain, Number.POSITIVE_INFINITY, 11)),
    newSeries('infinite', { sign: 'minus' }, sometimes(plain, Number.NEGATIVE_INFINITY, 13)),
    newSeries('same_a', { x: '1' }, () => 1),
    newSeries('same_b', { x: '1' }, () => 2),
    newSeries('pair', { x: '1', y: 'a' }, (step) => step % 4),
    newSeries('pair', { x: '1', y: 'b' }, (step) => step % 3),
    newSeries('pair', { x: '2', y: 'a' }, () => 7),
    newSeries(
      'from_zero_total',
      { job: 'api' },
      between((step) => (step - 100) * 2, 100, 481),
    ),
  ]
}

export function fixtureSource(): SeriesSource {
  const all = [...gpuSeries(), ...requestSeries(), ...oddSeries()]
  return {
    scrapeIntervalMs: intervalMs,
    startMs: fixtureStartMs - 5000,
    series: (_, matchName) => (matchName ? all.filter((one) => one.labels.__name__ === matchName) : all),
    metadata: () => ({
      gpu_utilization: { type: 'gauge', help: 'Share of time the GPU was busy, in percent.', unit: '' },
      http_requests_total: { type: 'counter', help: 'Requests answered.', unit: '' },
    }),
  }
}

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** All samples as OpenMetrics text, as `promtool tsdb create-blocks-from openmetrics` reads it. */
export function openMetrics(source: SeriesSource, cluster: string): string {
  const lines: string[] = []
  for (const { labels, at } of source.series(cluster)) {
    const { __name__: name, ...rest } = labels
    const pairs = Object.entries(rest).map(([key, value]) => `${key}="${escaped(value)}"`)
    for (let tMs = fixtureStartMs; tMs <= fixtureEndMs; tMs += source.scrapeIntervalMs) {
      const value = at(tMs)
      if (value === undefined) continue
      const shown = Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf'
      lines.push(`${name}{${pairs.join(',')}} ${shown} ${tMs / 1000}`)
    }
  }
  return `${lines.join('\n')}\n# EOF\n`
}
