import { Lexer, type Token } from 'marked'

/** A top-level block of a text: its source, and what the lexer made of it. */
export interface Block {
  key: string
  token: Token
}

let closed = (text: string): string => text
/** What closes the half open of a growing text: it comes with what receives such texts, and not with the page. */
export const closeWith = (close: (text: string) => string) => {
  closed = close
}

const lex = (source: string): Token[] => new Lexer({ gfm: true }).lex(source).filter(({ type }) => type !== 'space')

const cache = new Map<string, Token[]>()
const cacheSize = 400

function lexed(source: string): Token[] {
  const known = cache.get(source)
  if (known) return known
  const tokens = lex(source)
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!)
  cache.set(source, tokens)
  return tokens
}

/**
 * Markdown as blocks. While a text still grows, what stands before a blank line is settled piece by piece and comes out of the
 * cache; only the tail is read again, with what is half open (`**bo`) closed.
 */
export function toBlocks(text: string, growing: boolean): Block[] {
  const pieces = growing ? settledPieces(text) : [text]
  const tail = growing ? pieces.pop()! : ''
  const tokens = [...pieces.flatMap((piece) => (piece ? lexed(piece) : [])), ...(tail ? lex(closed(tail)) : [])]
  return tokens.map((token, index) => ({ key: `${index}-${token.type}`, token }))
}

/** Cut where later text cannot change how it is read: at blank lines outside a fence, list or quote. The last one may grow. */
function settledPieces(text: string): string[] {
  const pieces: string[] = []
  let fenced = false
  let at = 0
  let settled = 0
  for (const line of text.split('\n')) {
    const end = at + line.length + 1
    if (/^\s{0,3}(```|~~~)/.test(line)) fenced = !fenced
    if (!fenced && line.trim() === '' && end <= text.length) {
      const next = text.slice(end, end + 4)
      if (next !== '' && !/^(\s|[-*+>]|\d)/.test(next)) {
        pieces.push(text.slice(settled, end))
        settled = end
      }
    }
    at = end
  }
  return [...pieces, text.slice(settled)]
}

/** Links that a click may follow: the web and our own pages. Everything else is shown as text. */
export function safeHref(href: string): string | undefined {
  if (/^(\/(?!\/)|#)/.test(href)) return href
  const url = URL.parse(href)
  return url && (url.protocol === 'https:' || url.protocol === 'http:' || url.protocol === 'mailto:')
    ? url.href
    : undefined
}

export interface Link {
  href: string
  /** Host of another site: the reader is told where it goes */
  outside?: string
  mail?: string
}

/** Where a click would lead; undefined where it must not. */
export function linkOf(href: string): Link | undefined {
  const safe = safeHref(href)
  if (safe === undefined) return undefined
  if (/^[/#]/.test(safe)) return { href: safe }
  const url = new URL(safe)
  return url.protocol === 'mailto:' ? { href: safe, mail: url.pathname } : { href: safe, outside: url.host }
}

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

/** Entities that an author wrote in the text, as the characters they mean; Svelte escapes what comes out. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (found) => entities[found] ?? found)
