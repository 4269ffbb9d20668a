import type { Access } from '#define'
import { runtimes } from '../runtimes/index.ts'

/** What a plan reads besides the objects of the runtimes. */
const around: Access[] = [
  { verbs: ['list'], group: '', resource: 'nodes' },
  { verbs: ['list'], group: '', resource: 'pods' },
  { verbs: ['get'], group: '', resource: 'persistentvolumeclaims' },
  { verbs: ['list'], group: '', resource: 'resourcequotas' },
  { verbs: ['list'], group: '', resource: 'limitranges' },
  { verbs: ['get'], group: '', resource: 'configmaps' },
  { verbs: ['get'], group: 'storage.k8s.io', resource: 'storageclasses' },
  { verbs: ['list'], group: 'scheduling.k8s.io', resource: 'priorityclasses' },
  { verbs: ['get'], group: 'kueue.x-k8s.io', resource: 'localqueues' },
  { verbs: ['get'], group: 'kueue.x-k8s.io', resource: 'clusterqueues' },
  { verbs: ['list'], group: 'karpenter.sh', resource: 'nodepools' },
]

/** Whether the Hugging Face token is there. Reading alone has no right to Secrets: a preview says that it could not look. */
const secrets: Access = { verbs: ['get'], group: '', resource: 'secrets' }

/** What the job that follows a rollout reads besides, to say what keeps it; without these it says less. */
const following: Access[] = [
  { verbs: ['get'], group: '', resource: 'pods/log' },
  { verbs: ['list'], group: '', resource: 'events' },
  { verbs: ['list'], group: 'kueue.x-k8s.io', resource: 'workloads' },
]

/**
 * Rights of a plan and of what follows it. A dry run of server-side apply takes the rights of the real one: patch, and create
 * where the object is not there.
 */
export function deployAccess({ writes }: { writes: boolean }): Access[] {
  const verbs: Access['verbs'] = writes ? ['get', 'create', 'patch'] : ['get']
  const namespaces: Access = { verbs, group: '', resource: 'namespaces' }
  const merged = new Map<string, Access>()
  const reading = ({ verbs, ...one }: Access): Access[] => {
    const kept = verbs.filter((verb) => verb === 'get' || verb === 'list' || verb === 'watch')
    return kept.length > 0 ? [{ ...one, verbs: kept }] : []
  }
  const own = runtimes.flatMap(({ access }) => (writes ? access : access.flatMap(reading)))
  for (const one of [...around, ...(writes ? [secrets, ...following] : []), namespaces, ...own]) {
    const key = `${one.group}/${one.resource}`
    const before = merged.get(key)
    merged.set(key, before ? { ...before, verbs: [...new Set([...before.verbs, ...one.verbs])] } : one)
  }
  return [...merged.values()]
}
