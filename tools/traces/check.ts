import type { Finding } from '#contract'
import { cell, span as spanText } from '../text.ts'
import { roundMs } from './lines.ts'
import type { Node, Tree } from './tree.ts'

/** What an operation takes usually: durations of its spans in other traces, ascending. */
export interface Usual {
  durationsMs: readonly number[]
  since: string
}
export const operationKey = ({ span }: Node): string => `${span.service}\n${span.name}`

export const nameOf = ({ span }: Node): string => `${cell(span.service, 60)} ${cell(span.name, 80)}`
export const lengthOf = (node: Node) => node.endMs - node.startMs
export const msText = (ms: number) => (ms >= 120_000 ? spanText(ms / 1000) : `${roundMs(ms)} ms`)
export const percent = (part: number, whole: number) => `${Math.round((part / Math.max(whole, 1e-9)) * 100)}%`

export type Check = (tree: Tree, wholeMs: number, usual: ReadonlyMap<string, Usual>) => Finding[]

/** Siblings one after another without overlap, as runs. */
export function sequences(nodes: readonly Node[]): Node[][] {
  const runs: Node[][] = []
  let until = Number.NEGATIVE_INFINITY
  for (const node of nodes) {
    if (node.startMs >= until - 0.05 && runs.length > 0) runs.at(-1)!.push(node)
    else runs.push([node])
    until = Math.max(until, node.endMs)
  }
  return runs.filter((run) => run.length > 1)
}
