import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { treeLines } from './lines.ts'
import { span } from './testing.ts'
import { buildTree, type ClusterSpan, type Node } from './tree.ts'

const on = (spans: ReturnType<typeof span>[]): ClusterSpan[] =>
  spans.map((one) => ({ ...one, cluster: 'east' })).sort((a, b) => a.startMs - b.startMs)
const tree = (...spans: ReturnType<typeof span>[]) => buildTree(on(spans))
const figures = (nodes: Node[]) =>
  Object.fromEntries(nodes.map(({ span, selfMs, criticalMs }) => [span.name, [selfMs, criticalMs]]))

describe('the tree of a trace', () => {
  it('self time and critical path: whoever finished last held it up', () => {
    const { nodes, root } = tree(
      span('root', [0, 100]),
      span('fast<root', [10, 40]),
      span('slow<root', [15, 80]),
      span('inner<slow', [20, 70]),
      span('last<root', [85, 95]),
    )
    expect(root.span.name).toBe('root')
    expect(figures(nodes)).toEqual({
      // 0–10, 80–85 and 95–100 alone; on the critical path also 10–15, as fast is not on it
      root: [20, 25],
      fast: [30, 0],
      slow: [15, 15],
      inner: [50, 50],
      last: [10, 10],
    })
  })

  it('a background task that outlives its parent does not lengthen the path', () => {
    const { nodes } = tree(span('root', [0, 50]), span('later<root', [40, 500], { kind: 'consumer' }))
    expect(figures(nodes)).toEqual({ root: [40, 40], later: [460, 10] })
  })

  it('a missing parent, a cycle and a span that is its own parent still end in one tree', () => {
    const { roots, orphans, nodes, root } = tree(
      span('root', [5, 50]),
      span('lost<gone', [0, 20]),
      span('x<y', [6, 8]),
      span('y<x', [7, 9]),
      span('self<self', [1, 2]),
    )
    expect(root.span.name).toBe('root')
    expect(nodes).toHaveLength(5)
    expect(roots.length).toBe(4)
    expect(orphans.map(({ span }) => span.name).sort()).toEqual(['lost', 'self', 'y'])
  })

  it('puts clocks right: a server that answers before it was asked moves into its call, with all below it', () => {
    const { nodes, skews } = tree(
      span('call', [100, 200], { kind: 'client' }),
      span('serve<call', [20, 80], { kind: 'server', service: 'api' }),
      span('query<serve', [30, 50], { service: 'api' }),
    )
    const start = Object.fromEntries(nodes.map(({ span, startMs }) => [span.name, startMs - nodes[0]!.startMs]))
    expect(start).toEqual({ call: 0, serve: 20, query: 30 })
    expect(skews).toEqual([{ from: 'web', to: 'api', ms: 100 }])
  })

  it('one id from both ends of a call (Zipkin) is client above server', () => {
    const { nodes } = tree(
      span('a', [0, 10]),
      span('b<a', [1, 9], { kind: 'client', name: 'client' }),
      span('b<a', [2, 8], { kind: 'server', name: 'server', service: 'api' }),
      span('c<b', [3, 4]),
    )
    expect(nodes.map(({ span, depth }) => [span.name, depth])).toEqual([
      ['a', 0],
      ['client', 1],
      ['server', 2],
      ['c', 3],
    ])
  })

  it('thousands deep and thousands wide', () => {
    const deep = Array.from({ length: 5000 }, (_, i) => span(i === 0 ? 's0' : `s${i}<s${i - 1}`, [i, 10_000 - i]))
    const wide = Array.from({ length: 5000 }, (_, i) =>
      span(`w${i}<s4999`, [4999 + i * 0.0002, 4999.0001 + i * 0.0002]),
    )
    const { nodes, root } = tree(...deep, ...wide)
    expect(nodes).toHaveLength(10_000)
    expect(nodes.reduce((sum, node) => sum + node.criticalMs, 0)).toBeCloseTo(root.endMs - root.startMs, 3)
  })

  it('for any spans: each once, parents first, and the shares of the critical path add up to the root', () => {
    const any = fc.array(fc.record({ parent: fc.nat(), from: fc.nat(1000), length: fc.nat(400), twin: fc.boolean() }), {
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(any, (list) => {
        const spans = list.map(({ parent, from, length, twin }, index) =>
          span(index === 0 ? 's0' : `s${index}<s${parent % (list.length + 1)}`, [from, from + length], {
            kind: twin ? 'server' : 'client',
            service: twin ? 'b' : 'a',
          }),
        )
        const { nodes, root, roots } = tree(...spans)
        expect(new Set(nodes.map(({ span }) => span.spanId)).size).toBe(spans.length)
        const at = new Map(nodes.map((node, index) => [node, index]))
        for (const node of nodes) {
          expect(node.selfMs).toBeGreaterThanOrEqual(0)
          expect(node.criticalMs).toBeGreaterThanOrEqual(0)
          if (node.parent) expect(at.get(node.parent)).toBeLessThan(at.get(node)!)
          else expect(roots).toContain(node)
        }
        const path = nodes.reduce((sum, node) => sum + node.criticalMs, 0)
        expect(path).toBeCloseTo(root.endMs - root.startMs, 6)
      }),
    )
  })
})

describe('the lines of a trace', () => {
  const queries = Array.from({ length: 30 }, (_, i) =>
    span(`q${i}<root`, [10 + i * 10, 18 + i * 10], {
      name: 'SELECT',
      service: 'db',
      ...(i === 7 && { status: 'error', statusMessage: 'dead\nlock' }),
    }),
  )
  const whole = tree(span('root', [0, 400]), ...queries, span('other<root', [350, 360]))

  it('fold repeats of one name into one line with their sum and their errors', () => {
    const { spans, folded, left } = treeLines(whole, { fold: true, most: 40 })
    expect(spans.map(({ name, repeats }) => [name, repeats])).toEqual([
      ['root', undefined],
      ['SELECT', 30],
      ['other', undefined],
    ])
    expect(spans[1]).toMatchObject({
      error: true,
      detail: '240 ms in all, 1 with errors; "dead lock"',
      criticalMs: 240,
    })
    expect([folded, left]).toEqual([29, 0])
  })

  it('keep the telling ones where there are too many', () => {
    const { spans, left } = treeLines(whole, { fold: false, most: 5 })
    expect(spans).toHaveLength(5)
    expect(spans.some(({ error }) => error)).toBe(true)
    expect(left).toBe(27)
  })
})
