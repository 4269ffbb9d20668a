import { describe, expect, it } from 'vitest'
import { schemaFromSearch } from './search.ts'

const text = `cordon_node (change): Stop a node from taking new pods, or with uncordon let it again; a person approves.
  *cluster string (Cluster name), *name string (Node), uncordon boolean = false (Take work again)
silence_alert (change): Silences.
  *clusters string[] (Clusters, e.g. gpu-east), kind deployment|statefulset = "deployment" (deployment, statefulset), matchers (object {name, value})[], limits object {gpu, cpu}, count integer = 3`

describe('arguments as a search for tools tells them', () => {
  it('with their types and which are required', () => {
    expect(schemaFromSearch(text, 'cordon_node', { wants: {} } as never)).toEqual({
      type: 'object',
      properties: { cluster: { type: 'string' }, name: { type: 'string' }, uncordon: { type: 'boolean' } },
      required: ['cluster', 'name'],
    })
    expect(schemaFromSearch(text, 'silence_alert', { wants: {} } as never)).toMatchObject({
      properties: {
        clusters: { type: 'array', items: { type: 'string' } },
        kind: { type: 'string', enum: ['deployment', 'statefulset'] },
        limits: { type: 'object' },
        count: { type: 'integer' },
      },
      required: ['clusters'],
    })
  })
})
