import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOTICE, tell } from './answer.ts'

const line = fc.string({ unit: fc.constantFrom(...'abcXYZ0123456789 -_:.,%/'), minLength: 1, maxLength: 60 })
const table = fc.array(fc.tuple(fc.stringMatching(/^[a-z][a-z0-9-]{2,12}$/), fc.nat(9999), fc.nat(99)), {
  minLength: 1,
  maxLength: 9,
})
const toolText = fc
  .tuple(fc.array(line, { maxLength: 6 }), fc.option(table))
  .map(([lines, rows]) =>
    [...lines, ...(rows ? ['name\tfree\tused', ...rows.map((row) => row.join('\t'))] : [])].join('\n'),
  )

describe('an answer', () => {
  it('has no number and no name that the tool did not say', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('list_nodes', 'query_metrics', 'get_pod_logs', 'deploy_model'),
        toolText,
        (tool, text) => {
          const said = tell({ tool, input: {}, calledAs: tool, result: text }).replaceAll('…', '')
          for (const number of said.match(/\d+/g) ?? []) expect(text).toContain(number)
          for (const name of said.match(/\*\*[^*]+\*\*/g) ?? []) expect(text).toContain(name.slice(2, -2))
        },
      ),
    )
  })

  it('is short, however long the text is', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 50, maxLength: 400 }), (lines) => {
        const said = tell({ tool: 'list_nodes', input: {}, calledAs: 'list_nodes', result: lines.join('\n') })
        expect(said.split('\n').length).toBeLessThanOrEqual(12)
      }),
    )
  })

  it('quotes how many of how many are shown', () => {
    const text = '213 pods\nname\tstatus\napi-0\tRunning\napi-1\tRunning\nshown 20 of 213; cursor x; result res-1'
    expect(tell({ tool: 'list_pods', input: {}, calledAs: 'list_pods', result: text })).toContain('(shown 20 of 213)')
  })

  it('reads MCP content that a client sends as JSON', () => {
    const result = JSON.stringify([{ type: 'text', text: '3 nodes are free' }])
    expect(tell({ tool: 'list_nodes', input: {}, calledAs: 'list_nodes', result })).toBe('3 nodes are free')
  })

  it('does not take a list of approvals for a request', () => {
    const result = '2 approvals pending: a person must approve'
    expect(tell({ tool: 'list_approvals', input: {}, calledAs: 'list_approvals', result })).toBe(result)
  })

  it.each([
    ['Error cluster-not-found: no cluster "x".\nNext: list_clusters', 'no cluster "x".'],
    ['{"error":{"code":"internal","message":"it broke","next":"try later"}}', 'it broke'],
    ['cluster-unreachable: edge-1 did not answer. Next: wait', 'edge-1 did not answer.'],
    ['Unknown tool: open_pod_bay_doors', 'open_pod_bay_doors'],
  ])('tells an error: %s', (result, expected) => {
    const said = tell({ tool: 'list_nodes', input: {}, calledAs: 'list_nodes', result })
    expect(said).toContain('`list_nodes` did not work')
    expect(said).toContain(expected)
  })

  it('names the line that connects a real model', () => {
    expect(NOTICE).toContain('LLM_BASE_URL')
  })
})
