import { engineOf } from '../shared/command-line.ts'
import { countOf, listOf, recordOf } from '../shared/read.ts'
import type { RuntimeChange } from '../types.ts'

/** How a Deployment or StatefulSet is changed that is there. */
export const plainChange: RuntimeChange = {
  access: [{ verbs: ['get', 'patch'], group: 'apps', resource: 'statefulsets' }],
  async lever({ kind, object }) {
    const { namespace = '', name } = object.metadata
    return {
      title: `${kind.kind} ${namespace}/${name}`,
      kind,
      object,
      replicas: countOf(recordOf(object.spec).replicas) ?? 1,
      targets: [{ kind: kind.kind, name }],
      body: ({ min }) => ({ spec: { replicas: min } }),
    }
  },
  workers(object) {
    const containers = listOf(recordOf(recordOf(recordOf(object.spec).template).spec).containers)
    const index = containers.findIndex((one) => engineOf(one) !== undefined)
    if (index < 0) return []
    const container = ['spec', 'template', 'spec', 'containers', index]
    const gpus = [...container, 'resources', 'limits', 'nvidia.com/gpu']
    return [{ component: object.metadata.name, container, gpus, replicas: ['spec', 'replicas'] }]
  },
}
