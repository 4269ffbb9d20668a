import { describe, expect, it } from 'vitest'
import { isToolError } from '#contract'
import type { ClientName } from '#tools/clients/index.ts'
import { domains } from '#tools/index.ts'
import { createRegistry } from './registry.ts'
import { fullRegistry } from './surface.ts'
import { agent, owner } from './testing/app.ts'

const { registry, list } = fullRegistry(domains)
const found = (query: string, actor = agent) => registry.search(query, actor, 8).map(({ tool }) => tool.name)
const refusal = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (isToolError(error)) return { code: error.code, message: error.message, next: error.options.next }
    throw error
  }
  return undefined
}

describe('search', () => {
  it.each([
    ['pod logs', 'get_pod_logs'],
    ['log of a pod', 'get_pod_logs'],
    ['audit log', 'get_audit_log'],
    ['deploy a model', 'deploy_model'],
    ['does the model fit', 'check_model_fit'],
    ['launch a ray cluster', 'launch_ray_cluster'],
    ['escrow of a job', 'check_escrow'],
    ['labels of a metric', 'get_metric_labels'],
    ['PromQL', 'query_metrics'],
    ['LogQL', 'query_logs'],
    ['waiting approvals', 'list_approvals'],
    ['kubernetes events', 'get_events'],
    ['GPU offers', 'list_gpu_offers'],
    ['personas', 'list_personas'],
  ])('%s finds %s among the first three', (query, name) => expect(found(query).slice(0, 3)).toContain(name))

  it('finds the same whatever the case, and singular for plural', () => {
    expect(found('POD LOGS')).toEqual(found('pod logs'))
    expect(found('approval')).toEqual(found('approvals'))
  })

  it('lists all for an empty query, none for words of no tool, and at most what was asked', () => {
    expect(registry.search('', agent, 500)).toEqual(registry.visible(agent))
    expect(found('xylophone')).toEqual([])
    expect(registry.search('list', agent, 3)).toHaveLength(3)
  })

  it('shows nobody what is not for them', () => {
    expect(registry.search('', agent, 500).map(({ tool }) => tool.name)).not.toContain('decide_approval')
    expect(registry.search('', { ...agent, role: 'viewer' }, 500).every(({ tool }) => tool.risk === 'read')).toBe(true)
    for (const { id } of list.all())
      for (const { tool } of registry.search('', { ...agent, persona: id }, 500))
        expect(list.reaches(id, tool.name), `${id} ${tool.name}`).toBe(true)
    expect(registry.search('', owner, 500).map(({ tool }) => tool.name)).toContain('decide_approval')
  })
})

describe('find', () => {
  it.each([
    ['list_node', 'list_nodes'],
    ['listNodes', 'list_nodes'],
    ['list-nodes', 'list_nodes'],
    ['nodes', 'list_nodes'],
    ['query_metric', 'query_metrics'],
  ])('%s: did you mean %s', (wrong, right) => {
    expect(refusal(() => registry.find(wrong))).toMatchObject({
      code: 'unknown-tool',
      next: expect.stringContaining(right),
    })
  })

  it('what is like nothing points to search_tools', () => {
    expect(refusal(() => registry.find('xylophone'))?.next).toContain('search_tools')
  })

  it('a tool whose client is not configured is hidden, and says why when it is called', () => {
    const bare = createRegistry({ domains, personas: list, configured: new Set() })
    expect(bare.visible(agent).filter(({ tool }) => tool.needs.length > 0)).toEqual([])
    expect(bare.search('nodes', agent, 50).map(({ tool }) => tool.name)).not.toContain('list_nodes')
    for (const { tool } of bare.all().filter(({ tool }) => tool.needs.length > 0)) {
      const refused = refusal(() => bare.find(tool.name))!
      expect(refused.code).toBe('not-configured')
      expect(refused.message).toContain(tool.needs[0])
      expect(refused.next).toContain('QM_CONFIG')
    }
  })

  it('a tool appears with the first cluster that has what it needs, and goes with the last (FLT-001)', () => {
    const there = new Set<ClientName>(['fleet'])
    const live = createRegistry({ domains, personas: list, configured: there })
    const names = () => live.visible(agent).map(({ tool }) => tool.name)
    expect(names()).not.toContain('list_pods')
    there.add('kubernetes')
    expect(names()).toContain('list_pods')
    expect(refusal(() => live.find('list_pods'))).toBeUndefined()
    there.delete('kubernetes')
    expect(names()).not.toContain('list_pods')
  })
})
