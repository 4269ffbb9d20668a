import type { SyntaxNode } from '@lezer/common'
import type { Expr, RangeMode } from './types.ts'

/** What the files that turn the grammar's tree into our AST share. */

export interface Building {
  query: string
  mode: RangeMode
  fail(node: { from: number }, message: string): never
  text(node: SyntaxNode): string
  convert(node: SyntaxNode): Expr
  /** An expression that no operator, sign or modifier joins. */
  primary(node: SyntaxNode): Expr
}

/** The named children of a node, comments left out. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'LineComment') children.push(child)
  }
  return children
}

export const spanOf = (node: SyntaxNode) => ({ from: node.from, to: node.to })

/** A child that the grammar guarantees in a tree without error nodes. */
export function required(node: SyntaxNode | null | undefined): SyntaxNode {
  if (!node) throw new Error('the grammar gave a tree of an unknown shape')
  return node
}
