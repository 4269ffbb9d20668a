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

  const told = (tool: string, result: string) => tell({ tool, input: {}, calledAs: tool, result })

  it('says what an approval would do and what its checks warn of', () => {
    const said = told(
      'deploy_model',
      'approval apr_1 waits for a person; nothing has been changed. You cannot approve it. Expires 2026-11-20T12:15:00Z.\nDeploy Qwen/Qwen3-8B as qwen3-8b on gpu-east: 1 replica with 2 GPUs each, vllm\n1. Create DynamoGraphDeployment\n2. Schedule 1 worker\n3. Load it\npass: Memory\nwarn: Free GPUs, room for 0 replicas',
    )
    expect(said.split('\n').slice(0, 3)).toEqual([
      'This waits for the approval of a person; nothing has been changed yet.',
      '- Deploy Qwen/Qwen3-8B as qwen3-8b on gpu-east: 1 replica with 2 GPUs each, vllm',
      '- warn: Free GPUs, room for 0 replicas',
    ])
  })

  it('says why something is empty and what to do', () => {
    const said = told(
      'list_nodes',
      'No node matches\nlikely: the most free GPUs on one node are 4\nnext: list_nodes with fewer filters | list_pods',
    )
    expect(said).toBe(
      'No node matches\nlikely: the most free GPUs on one node are 4\nnext: list_nodes with fewer filters | list_pods',
    )
  })

  it('does not take a headline about failures for an error', () => {
    expect(told('list_pods', 'Failed pods: 3 of 12')).toBe('Failed pods: 3 of 12')
  })

  it('puts the row first that was asked for', () => {
    const result = '4 clusters\ncluster\tstate\nhub\tready\ngpu-east\tready\ngpu-west\tready\nedge-1\tdegraded'
    const said = tell(
      { tool: 'list_clusters', input: {}, calledAs: 'list_clusters', result },
      { question: 'is edge-1 ok?' },
    )
    expect(said.split('\n')[1]).toBe('- **edge-1**: state degraded')
  })

  it('always says which clusters did not answer, and leaves out what is only for callers', () => {
    const text =
      '2 nodes\ncluster\tnode\na\tb\nc\td\nshown 2 of 9; more: get_result {"result":"r_1","cursor":"2"}\nNOT complete, without: edge-1 (timeout)\nnext: list_pods'
    const said = told('list_nodes', text)
    expect(said).toContain('NOT complete, without: edge-1 (timeout)')
    expect(said).toContain('(shown 2 of 9)')
    expect(said).not.toMatch(/get_result|next:/)
  })

  it('says whether a failed change changed anything', () => {
    const said = told(
      'deploy_model',
      'error does-not-fit: gpu-east has room for 0 of 1 replicas\nargument: replicas\nnext: Look for room with list_nodes\nNothing was changed.',
    )
    expect(said).toContain('Nothing was changed.')
    expect(said).toContain('Next: Look for room with list_nodes')
  })

  it('names the line that connects a real model', () => {
    expect(NOTICE).toContain('LLM_BASE_URL')
  })
})
