/** A part of nvidia-smi's XML: no attributes but `id`, no mixed content, and so no parser of a whole language. */
export interface Element {
  name: string
  id?: string
  text: string
  children: Element[]
}

const token = /<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+="[^"]*")*)\s*(\/?)>|<[?!][^>]*>/g
const plainText = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
const deepest = 32

/** The tree, and whether every element was closed: what broke off is read as far as it goes. Undefined where it is no XML. */
export function readXml(text: string): { root: Element; whole: boolean } | undefined {
  const top: Element = { name: '', text: '', children: [] }
  const open: Element[] = [top]
  let end = 0
  for (const match of text.matchAll(token)) {
    const parent = open.at(-1)!
    const between = text.slice(end, match.index).trim()
    if (between && open.length > 1) parent.text += plainText(between)
    end = match.index + match[0].length
    const [, closing, name, attributes, empty] = match
    if (name === undefined) continue
    if (closing) {
      const at = open.findLastIndex((one) => one.name === name)
      if (at > 0) open.length = at
      continue
    }
    const id = /\sid="([^"]*)"/.exec(attributes ?? '')?.[1]
    const element: Element = { name, text: '', children: [], ...(id !== undefined && { id }) }
    parent.children.push(element)
    if (!empty && open.length < deepest) open.push(element)
  }
  const root = top.children[0]
  return root && { root, whole: open.length === 1 }
}

/** The element at a path, by names; the first of several. */
export const at = (element: Element | undefined, ...path: string[]): Element | undefined =>
  path.reduce<Element | undefined>((found, name) => found?.children.find((child) => child.name === name), element)

/** The text at the first of several paths that is there: names changed between drivers. */
export const textAt = (element: Element | undefined, ...paths: string[]): string | undefined => {
  for (const path of paths) {
    const found = at(element, ...path.split('/'))?.text
    if (found !== undefined && found !== '') return found
  }
  return undefined
}
