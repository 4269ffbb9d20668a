import type { Access } from '#define'
import { runtimes } from '../runtimes/index.ts'
import { scalingAccess } from './scaling.ts'

const all = <T>(lists: readonly (readonly T[])[]): T[] => [
  ...new Map(lists.flat().map((one) => [JSON.stringify(one), one])).values(),
]

/** Reading and patching what stands for a deployment, in any runtime, and whatever sets its replicas. */
export const changeAccess: readonly Access[] = all([
  runtimes.flatMap(({ root, alsoReads = [] }) =>
    [root, ...alsoReads].map(({ group, resource }): Access => ({ verbs: ['get', 'list', 'patch'], group, resource })),
  ),
  runtimes.flatMap(({ access }) => access),
  runtimes.flatMap(({ change }) => change?.access ?? []),
  scalingAccess,
  [
    { verbs: ['list'], group: '', resource: 'nodes' },
    { verbs: ['list'], group: '', resource: 'pods' },
  ],
])
