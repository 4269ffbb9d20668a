import { SERVING_FAMILIES } from '../world/metrics/serving.ts'
import type { SeriesSource } from '../world/samples.ts'

/** Labels that a scrape adds; the server itself does not know them. */
const SCRAPED = new Set(['__name__', 'job', 'instance', 'namespace', 'pod', 'container'])

/** What a serving pod says about itself: the same numbers that Prometheus has of it, as text. */
export function metricsText(
  source: SeriesSource,
  { cluster, namespace, pod, atMs }: { cluster: string; namespace: string; pod: string; atMs: number },
): string {
  const lines: string[] = []
  for (const { name, names = [name], type, help } of SERVING_FAMILIES) {
    const samples = names.flatMap((sampled) => {
      const own = [...source.series(cluster, sampled)].filter(
        ({ labels }) => labels.pod === pod && labels.namespace === namespace,
      )
      return own.flatMap(({ labels, at }) => {
        const value = at(atMs)
        const shown = Object.entries(labels).filter(([key]) => !SCRAPED.has(key))
        const text = shown.map(([key, label]) => `${key}="${label.replace(/["\\\n]/g, '\\$&')}"`).join(',')
        return value === undefined ? [] : [`${sampled}${text ? `{${text}}` : ''} ${value}`]
      })
    })
    if (samples.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples)
  }
  return `${lines.join('\n')}\n`
}
