import type { Cluster } from './cluster.ts'
import { podTemplate, workloadDraft } from './templates.ts'

const PERIOD_MS = 10 * 60_000
const KEPT = 3
const NAMESPACE = 'data-pipeline'

/** What goes on by itself: every ten minutes a small batch job comes, runs for a minute or two, and an old one is cleaned up. */
export function startChurn(cluster: Cluster): void {
  if (!cluster.store.get('namespaces', undefined, NAMESPACE)) return
  let count = 0
  const beat = () => {
    const name = `embed-refresh-${String(++count).padStart(4, '0')}`
    const template = podTemplate({
      image: 'registry.example.com/data-pipeline/embed-refresh:1.8.0',
      container: 'refresh',
      labels: { app: 'embed-refresh', team: 'data-pipeline' },
      cpu: '250m',
      memory: '512Mi',
    })
    const old = `embed-refresh-${String(count - KEPT).padStart(4, '0')}`
    cluster.store.remove('jobs.batch', NAMESPACE, old)
    cluster.store.put(
      'jobs.batch',
      workloadDraft({ kind: 'Job', namespace: NAMESPACE, name, createdMs: cluster.timeline.now(), template }),
    )
    cluster.timeline.after(PERIOD_MS, beat)
  }
  cluster.timeline.after(PERIOD_MS / 4, beat)
}
