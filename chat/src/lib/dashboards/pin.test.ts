import { expect, it } from 'vitest'
import type { ListedTool } from './client.ts'
import { askAbout, callOf, refusal } from './pin.ts'

const answer = { card: 'table', data: { title: '3 nodes' }, at: '2026-11-20T12:00:00Z' }
const tool = (name: string, risk: ListedTool['risk']): ListedTool => ({
  name,
  title: name,
  about: name,
  domain: 'kubernetes',
  risk,
  forAgents: true,
  arguments: [],
  characters: 1,
})
const tools = [tool('list_nodes', 'read'), tool('drain_node', 'danger'), tool('get_result', 'read')]

it('pins the question and not the answer; what run_tool ran is pinned as itself', () => {
  expect(callOf({ answer, tool: 'list_nodes', input: { clusters: ['a'] } })).toEqual({
    tool: 'list_nodes',
    input: { clusters: ['a'] },
    title: '3 nodes',
  })
  expect(callOf({ answer, tool: 'run_tool', input: { name: 'list_nodes', input: { limit: 3 } } })).toMatchObject({
    tool: 'list_nodes',
    input: { limit: 3 },
  })
  expect(callOf({ answer })).toBeUndefined()
  expect(callOf({ answer, tool: 'list_nodes', input: 'text' })).toMatchObject({ input: {} })
})

it('a card that changes, is kept for a while only, or is not known is refused', () => {
  const of = (name: string) => refusal({ tool: name }, tools)
  expect(['list_nodes', 'drain_node', 'get_result', 'nothing'].map(of)).toEqual([
    undefined,
    'changes',
    'kept-result',
    'unknown',
  ])
})

it('a question about a card names what it asked', () => {
  expect(askAbout('Nodes', { tool: 'list_nodes', input: {} })).toBe('About the card “Nodes” (list_nodes): ')
  expect(askAbout('Nodes', { tool: 'list_nodes', input: { limit: 3 } })).toContain('{"limit":3}')
})
