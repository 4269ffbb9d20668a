import { metricName } from '../labels.ts'
import { formatDurationMs } from '../literals.ts'
import { parseSelector } from '../parse-selector.ts'
import { findSeries, latestReader, type StoredSeries } from '../select.ts'
import { defaultLookbackMs, type Endpoint, type Engine, storageOf } from './engine.ts'

/** `/api/v1/targets` and `/api/v1/status/*`: what a server says about itself. */

function target(engine: Engine, series: StoredSeries) {
  const storage = storageOf(engine)
  const latest = latestReader(storage, series)(storage.nowMs)
  const { [metricName]: _, ...labels } = series.labels
  const { instance = '', job = '' } = labels
  const up = latest?.value === 1
  return {
    discoveredLabels: { __address__: instance, __metrics_path__: '/metrics', __scheme__: 'http', job },
    labels,
    scrapePool: job,
    scrapeUrl: `http://${instance}/metrics`,
    globalUrl: `http://${instance}/metrics`,
    lastError: up || !latest ? '' : `Get "http://${instance}/metrics": context deadline exceeded`,
    lastScrape: new Date(latest?.timeMs ?? 0).toISOString(),
    lastScrapeDuration: up ? 0.012 : 10,
    health: latest ? (up ? 'up' : 'down') : 'unknown',
    scrapeInterval: formatDurationMs(engine.source.scrapeIntervalMs),
    scrapeTimeout: '10s',
  }
}

/** The targets are the series of `up`. */
export const targets: Endpoint = (params, engine) => {
  const pool = params.get('scrapePool')
  const state = params.get('state') ?? 'any'
  const all = findSeries(storageOf(engine), parseSelector('up')).map((series) => target(engine, series))
  const activeTargets = state === 'dropped' ? [] : all.filter((one) => !pool || one.scrapePool === pool)
  return { data: { activeTargets, droppedTargets: [], droppedTargetCounts: {} } }
}

const version = (engine: Engine) => (engine.mode === '2' ? '2.42.0' : '3.14.0')

export const buildInfo: Endpoint = (_, engine) => ({
  data: {
    version: version(engine),
    revision: 'quartermaster-world',
    branch: 'HEAD',
    buildUser: 'quartermaster',
    buildDate: '20260101-00:00:00',
    goVersion: 'none',
  },
})

export const runtimeInfo: Endpoint = (_, engine) => ({
  data: {
    startTime: new Date(engine.startedMs).toISOString(),
    CWD: '/prometheus',
    reloadConfigSuccess: true,
    lastConfigTime: new Date(engine.startedMs).toISOString(),
    corruptionCount: 0,
    goroutineCount: 1,
    GOMAXPROCS: 1,
    GOGC: '',
    GODEBUG: '',
    storageRetention: '15d',
  },
})

export const flags: Endpoint = () => ({
  data: {
    'query.lookback-delta': formatDurationMs(defaultLookbackMs),
    'query.max-concurrency': '20',
    'query.max-samples': '50000000',
    'query.timeout': '2m',
    'storage.tsdb.retention.time': '15d',
    'web.enable-admin-api': 'false',
    'web.enable-lifecycle': 'false',
  },
})

const top = (counts: Map<string, number>) =>
  [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, 10)
    .map(([name, value]) => ({ name, value }))

export const tsdb: Endpoint = (_, engine) => {
  const byMetric = new Map<string, number>()
  const byPair = new Map<string, number>()
  const valuesByName = new Map<string, Set<string>>()
  const bytesByName = new Map<string, number>()
  let numSeries = 0
  for (const { labels } of engine.source.series(engine.cluster)) {
    numSeries += 1
    for (const [name, value] of Object.entries(labels)) {
      const values = valuesByName.get(name) ?? new Set()
      valuesByName.set(name, values.add(value))
      byPair.set(`${name}=${value}`, (byPair.get(`${name}=${value}`) ?? 0) + 1)
      bytesByName.set(name, (bytesByName.get(name) ?? 0) + value.length)
      if (name === metricName) byMetric.set(value, (byMetric.get(value) ?? 0) + 1)
    }
  }
  const headStats = {
    numSeries,
    numLabelPairs: byPair.size,
    chunkCount: numSeries,
    minTime: engine.source.startMs,
    maxTime: engine.now(),
  }
  return {
    data: {
      headStats,
      seriesCountByMetricName: top(byMetric),
      labelValueCountByLabelName: top(new Map([...valuesByName].map(([name, values]) => [name, values.size]))),
      memoryInBytesByLabelName: top(bytesByName),
      seriesCountByLabelValuePair: top(byPair),
    },
  }
}
