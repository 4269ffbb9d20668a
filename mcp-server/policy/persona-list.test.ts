import { describe, expect, it } from 'vitest'
import { isToolError } from '#contract'
import { commonTools, personas, promptOf } from '#personas/index.ts'
import { domains } from '#tools/index.ts'
import { createPersonaList } from './persona-list.ts'

const list = createPersonaList({ personas, common: commonTools, prompt: promptOf, domains })
const exists = new Set(domains.flatMap(({ tools }) => tools.map(({ name }) => name)))
const capabilities = Object.fromEntries(personas.map((persona) => [persona.id, persona.capabilities]))

/** Tools that personas name and that are still to come. Whoever adds one takes it out here. */
const stillToCome = [
  'diagnose',
  'get_compute_job',
  'get_gpu_offer',
  'get_wallet_balance',
  'list_compute_jobs',
  'list_transactions',
]

describe('PER-008: the built-in personas', () => {
  it.each([
    [
      'platform-ops',
      ['query_metrics', 'search_traces', 'query_logs', 'list_alerts', 'list_clusters', 'get_cluster_status'],
    ],
    ['gpu-expert', ['get_gpu_nodes', 'get_gpu_processes', 'get_gpu_summary', 'query_metrics', 'list_clusters']],
    [
      'network-cnf',
      ['get_cnf_workloads', 'get_ptp_status', 'get_dpdk_stats', 'get_sriov_status', 'query_metrics', 'search_traces'],
    ],
    ['telco-5g', ['get_cnf_workloads', 'query_metrics', 'search_traces', 'query_logs', 'list_alerts']],
  ])('%s has exactly its capabilities', (id, expected) => expect(capabilities[id]).toEqual(expected))

  it('default has those of its source, first among the tools for everything', () => {
    const source = ['query_metrics', 'search_traces', 'query_logs', 'list_alerts', 'get_gpu_nodes', 'list_clusters']
    expect(capabilities.default).toEqual(expect.arrayContaining(source))
    expect(personas[0]!.id).toBe('default')
  })

  it('are the seven, with the name, icon, prompt and questions that the page shows', () => {
    const ids = ['default', 'platform-ops', 'gpu-expert', 'network-cnf', 'telco-5g', 'serving-sre', 'market-operator']
    expect(personas.map(({ id }) => id)).toEqual(ids)
    for (const { id, name, icon, description, suggestions } of personas) {
      expect(id).toMatch(/^[a-z][a-z0-9-]{2,30}[a-z0-9]$/)
      for (const text of [name, icon, description, ...suggestions]) expect(text).toMatch(/\S/)
      expect(suggestions.length).toBeGreaterThanOrEqual(3)
      expect(list.prompt(id).length).toBeGreaterThan(200)
    }
  })

  it('name only tools that exist or are known to come', () => {
    const missing = [...new Set(personas.flatMap((persona) => persona.capabilities))].filter(
      (name) => !exists.has(name),
    )
    expect(missing.sort()).toEqual(stillToCome)
  })

  it('list what exists, in their order, and the common tools after it', () => {
    for (const { id } of personas)
      expect(list.direct(id)).toEqual([...capabilities[id]!.filter((name) => exists.has(name)), ...commonTools])
  })

  it('will have at most 24 direct tools each when all have come', () => {
    for (const { id, capabilities: own } of personas)
      expect(own.length + commonTools.length, id).toBeLessThanOrEqual(25)
  })
})

describe('what a persona reaches by name', () => {
  it('CHT-036: is what its patterns say: a tool, a domain, or what reads in it', () => {
    expect(list.reaches('default', 'get_audit_log')).toBe(true)
    expect(list.reaches('gpu-expert', 'list_pods')).toBe(true)
    expect(list.reaches('gpu-expert', 'deploy_model')).toBe(false)
    expect(list.reaches('gpu-expert', 'list_models')).toBe(true)
    expect(list.reaches('telco-5g', 'deploy_model')).toBe(false)
    for (const { id } of personas)
      for (const tool of list.direct(id)) expect(list.reaches(id, tool), `${id} ${tool}`).toBe(true)
  })

  it('every pattern reaches a domain there is, or one that is known to come', () => {
    const known = new Set(domains.map(({ name }) => name))
    const toCome = new Set(
      personas
        .flatMap(({ reach }) => reach)
        .flatMap((pattern) => (pattern.includes('/') ? [pattern.split('/')[0]!] : []))
        .filter((name) => !known.has(name)),
    )
    // tools.md names these domains; later work brings them
    const planned = ['autoscaling', 'cnf', 'cost', 'health', 'jobs', 'provisioning', 'reports', 'traces']
    expect([...toCome].filter((name) => !planned.includes(name))).toEqual([])
  })

  it('a persona that is not there is refused with those there are', () => {
    for (const work of [() => list.check('nobody'), () => list.direct('nobody'), () => list.prompt('nobody')]) {
      let refused: unknown
      try {
        work()
      } catch (error) {
        refused = error
      }
      expect(isToolError(refused) && refused.code).toBe('persona-not-found')
      expect(isToolError(refused) && refused.options.next).toContain('gpu-expert')
    }
  })
})
