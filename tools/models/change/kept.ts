import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { asPod } from '../../kubernetes/service.ts'
import { cell } from '../../text.ts'

/** What holds data or credentials: it outlives a deployment, and no manifest brings it back. */
export const keptKinds: readonly string[] = ['PersistentVolumeClaim', 'Secret', 'Namespace']

/** Volumes and secrets that pods use, by name. */
export function keptNames(pods: readonly KubeObject[]): string[] {
  const names = pods.flatMap((object) => {
    const { volumes = [], containers = [] } = asPod(object).spec
    return [
      ...volumes.flatMap(({ persistentVolumeClaim: claim, secret }) => [
        ...(claim ? [`PersistentVolumeClaim ${claim.claimName}`] : []),
        ...(secret?.secretName ? [`Secret ${secret.secretName}`] : []),
      ]),
      ...containers.flatMap(({ envFrom = [] }) =>
        envFrom.flatMap(({ secretRef }) => (secretRef?.name ? [`Secret ${secretRef.name}`] : [])),
      ),
    ]
  })
  return [...new Set(names)].sort()
}

/** `a, b and 3 more`. */
export const listNames = (names: readonly string[], most = 6): string =>
  names
    .slice(0, most)
    .map((name) => cell(name, 100))
    .join(', ') + (names.length > most ? ` and ${names.length - most} more` : '')
