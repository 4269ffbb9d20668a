import { CNF_FAMILIES } from './metrics/cnf.ts'
import type { Family, Scene } from './metrics/family.ts'
import { GPU_FAMILIES } from './metrics/gpu.ts'
import { KUBE_STATE_FAMILIES } from './metrics/kube-state.ts'
import { NODE_FAMILIES } from './metrics/node.ts'
import { SERVING_FAMILIES } from './metrics/serving.ts'
import { TARGET_FAMILIES } from './metrics/targets.ts'
import { createObjectHistory } from './object-history.ts'
import type { MetricMetadata, Series, SeriesSource } from './samples.ts'
import { createServingIndex } from './serving-info.ts'
import type { World } from './world.ts'

const SCRAPE_INTERVAL_MS = 15_000
const RETENTION_MS = 15 * 86_400_000

const FAMILIES: Family[] = [
  ...GPU_FAMILIES,
  ...SERVING_FAMILIES,
  ...KUBE_STATE_FAMILIES,
  ...NODE_FAMILIES,
  ...TARGET_FAMILIES,
  ...CNF_FAMILIES,
]
const BY_NAME = new Map(
  FAMILIES.flatMap((family) => (family.names ?? [family.name]).map((name) => [name, family] as const)),
)

/** When counters began, which is as far back as series go. */
export const seriesStartMs = (world: World): number =>
  Math.floor((world.bootMs - RETENTION_MS) / SCRAPE_INTERVAL_MS) * SCRAPE_INTERVAL_MS

/** Everything the exporters of the world's clusters expose, as series that can be read at any time since fifteen days ago. */
export function createSeriesSource(world: World): SeriesSource {
  const startMs = seriesStartMs(world)
  const scenes = new Map(
    world.clusters.map((cluster): [string, Scene] => [
      cluster.spec.name,
      {
        cluster,
        startMs,
        history: world.history(cluster.spec.name),
        objects: createObjectHistory(cluster),
        serving: createServingIndex(cluster),
        troubles: world.troubles.all(),
      },
    ]),
  )
  const cache = new Map<string, { version: string; series: Series[] }>()

  function sceneOf(cluster: string): Scene {
    const scene = scenes.get(cluster)
    if (!scene) throw new Error(`no cluster ${cluster}`)
    return scene
  }

  /** Which series there are changes only with pods, GPU holders and troubles; their values are read anew each time. */
  function named(cluster: string, name: string): Series[] {
    const family = BY_NAME.get(name)
    if (!family) return []
    const scene = sceneOf(cluster)
    const version = [
      scene.history.version(),
      scene.objects.version(),
      scene.cluster.placement.version(),
      world.troubles.version(),
    ].join('/')
    const key = `${cluster}/${name}`
    const known = cache.get(key)
    if (known?.version === version) return known.series
    const series = [...family.series(scene, name)]
    cache.set(key, { version, series })
    return series
  }

  function* every(cluster: string): Iterable<Series> {
    for (const name of BY_NAME.keys()) yield* named(cluster, name)
  }

  return {
    scrapeIntervalMs: SCRAPE_INTERVAL_MS,
    startMs,
    marksStaleness: true,
    series(cluster, matchName) {
      world.sync()
      return matchName === undefined ? every(cluster) : named(cluster, matchName)
    },
    metadata: () =>
      Object.fromEntries(
        FAMILIES.map(({ name, type, help, unit = '' }): [string, MetricMetadata] => [name, { type, help, unit }]),
      ),
  }
}
