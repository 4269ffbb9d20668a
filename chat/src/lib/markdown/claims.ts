import type { Token } from 'marked'
import type { Claim } from '../types.ts'
import type { Block } from './blocks.ts'
import { behindMark, type Piece, pieces } from './marks.ts'

type Leaf = Token & { type: 'text' | 'codespan' }
interface Placed {
  leaf: Leaf
  start: number
}

const childrenOf = (token: Token): Token[] => {
  if (token.type === 'list') return token.items as Token[]
  if (token.type === 'table') return [...token.header, ...token.rows.flat()] as Token[]
  return ('tokens' in token && token.tokens) || []
}

/**
 * Where the text leaves of a block stand in the source. What the lexer rewrote (indented continuation lines) is not found
 * and gets no place; its claim is then counted, not underlined.
 */
function place(token: Token, start: number, into: Placed[]) {
  const children = childrenOf(token)
  if (children.length === 0) {
    if (token.type === 'text' || token.type === 'codespan') into.push({ leaf: token as Leaf, start })
    return
  }
  // Cells of a table have no raw of their own
  const source = token.raw
  let cursor = 0
  for (const child of children) {
    const raw = child.raw ?? (child as { text?: string }).text ?? ''
    const at = source === undefined ? -1 : source.indexOf(raw, cursor)
    if (at < 0) continue
    place(child.raw === undefined ? ({ ...child, raw } as Token) : child, start + at, into)
    cursor = at + raw.length
  }
}

const cutAt = (text: string, cuts: readonly number[]): { text: string; start: number }[] => {
  const inside = cuts.filter((cut) => cut > 0 && cut < text.length).map((cut) => behindMark(text, cut))
  const edges = [...new Set([0, ...inside, text.length])].sort((a, b) => a - b)
  return edges.slice(0, -1).map((start, index) => ({ text: text.slice(start, edges[index + 1]), start }))
}

/** What a found claim does not say itself: the calls that its words stand in. */
const addIds = (list: Piece[], ids: readonly string[]) => {
  const last = list.at(-1)
  if (last) last.ids = [...new Set([...last.ids, ...ids])]
}

/**
 * The leaves of a text that claims lie over, as pieces: what no call says is marked, and what a call was found for names it.
 * `claims` are those of this text only.
 */
export function claimPieces(blocks: readonly Block[], source: string, claims: readonly Claim[]): Map<Token, Piece[]> {
  const noted = claims.filter(({ state }) => state !== 'cited')
  const drawn = new Map<Token, Piece[]>()
  if (noted.length === 0) return drawn
  const leaves: Placed[] = []
  let cursor = 0
  for (const { token } of blocks) {
    const at = source.indexOf(token.raw, cursor)
    if (at < 0) continue
    place(token, at, leaves)
    cursor = at + token.raw.length
  }
  for (const [index, { leaf, start }] of leaves.entries()) {
    const raw = leaf.raw
    const end = start + raw.length
    const over = noted.filter((claim) => claim.start < end && claim.end > start)
    if (over.length === 0) continue
    // Offsets are those of the source; a leaf whose text differs from it (escapes, backticks) is marked as a whole.
    const exact = leaf.type === 'text' && leaf.text === raw
    const parts = exact
      ? cutAt(
          raw,
          over.flatMap((claim) => [claim.start - start, claim.end - start]),
        )
      : [{ text: leaf.text as string, start: 0 }]
    drawn.set(
      leaf,
      parts.flatMap((part) => {
        const from = start + part.start
        const to = exact ? from + part.text.length : end
        const claim = over.find((one) => one.start < to && one.end > from)
        const list = leaf.type === 'codespan' ? [{ text: part.text, ids: [] }] : pieces(part.text)
        if (!claim) return list
        const next = leaves[index + 1]
        const isEnd = to >= claim.end || next === undefined || next.start >= claim.end
        if (claim.state === 'unsupported') {
          for (const one of list) one.unsupported = true
          if (isEnd) list.at(-1)!.endsUnsupported = true
        } else if (isEnd) addIds(list, claim.ids)
        return list
      }),
    )
  }
  return drawn
}
