import { Lexer, type Token } from 'marked'
import remend from 'remend'

/** A top-level block of a text: its source, and what the lexer made of it. */
export interface Block {
  key: string
  token: Token
}

const cache = new Map<string, Token[]>()
const cacheSize = 400

function lexed(source: string): Token[] {
  const known = cache.get(source)
  if (known) return known
  const tokens = new Lexer({ gfm: true }).lex(source).filter(({ type }) => type !== 'space')
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value!)
  cache.set(source, tokens)
  return tokens
}

/**
 * Markdown as blocks. While a text still grows, everything before its last blank line is settled and comes out of the cache;
 * only the tail is read again, with what is half open (`**bo`) closed.
 */
export function toBlocks(text: string, growing: boolean): Block[] {
  const settled = growing ? settledLength(text) : text.length
  const head = text.slice(0, settled)
  const tail = text.slice(settled)
  const tokens = [
    ...(head ? lexed(head) : []),
    ...(tail ? new Lexer({ gfm: true }).lex(remend(tail)).filter(({ type }) => type !== 'space') : []),
  ]
  return tokens.map((token, index) => ({ key: `${index}-${token.type}`, token }))
}

/** Up to where later text cannot change how this is read: the last blank line outside a fence, list or quote. */
function settledLength(text: string): number {
  let fenced = false
  let at = 0
  let settled = 0
  for (const line of text.split('\n')) {
    const end = at + line.length + 1
    if (/^\s{0,3}(```|~~~)/.test(line)) fenced = !fenced
    if (!fenced && line.trim() === '' && end <= text.length) {
      const next = text.slice(end, end + 4)
      if (next !== '' && !/^(\s|[-*+>]|\d)/.test(next)) settled = end
    }
    at = end
  }
  return Math.min(settled, text.length)
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
