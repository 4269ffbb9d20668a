import type { Access } from '#define'
import { runtimes } from '../runtimes/index.ts'
import { scalingAccess } from './scaling.ts'

const once = (list: readonly Access[]): Access[] => [...new Map(list.map((one) => [JSON.stringify(one), one])).values()]

/** Reading what stands for a deployment, whatever scales it, and the room for it. */
export const shared: readonly Access[] = once([
  ...runtimes.flatMap(({ change }) => change?.access ?? []),
  ...scalingAccess,
  { verbs: ['list'], group: '', resource: 'nodes' },
  { verbs: ['list'], group: '', resource: 'pods' },
])

/** Reading and patching what stands for a deployment, in any runtime, and whatever sets its replicas. */
export const changeAccess: readonly Access[] = once([
  ...runtimes.flatMap(({ root, alsoReads = [] }) =>
    [root, ...alsoReads].map(({ group, resource }): Access => ({ verbs: ['get', 'list', 'patch'], group, resource })),
  ),
  ...runtimes.flatMap(({ access }) => access),
  ...shared,
])
