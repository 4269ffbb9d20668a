/** A card without its looks: what is said, in the order in which it is read. Every text form is made from it. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'facts'; title?: string; facts: [label: string, value: string][] }
  | { kind: 'list'; title?: string; items: string[]; ordered?: boolean }
  | { kind: 'table'; title?: string; head: string[]; rows: string[][]; right?: boolean[] }
  /** Markdown without HTML, of the model or a person */
  | { kind: 'markdown'; title?: string; text: string }
  | { kind: 'code'; title?: string; language?: string; text: string }

export const text = (value: string | undefined): Block[] => (value ? [{ kind: 'text', text: value }] : [])

export const facts = (list: readonly { label: string; value: string }[] | undefined, title?: string): Block[] =>
  list?.length
    ? [{ kind: 'facts', facts: list.map(({ label, value }) => [label, value]), ...(title && { title }) }]
    : []

export const list = (items: readonly string[] | undefined, title?: string, ordered = false): Block[] =>
  items?.length ? [{ kind: 'list', items: [...items], ...(title && { title }), ...(ordered && { ordered }) }] : []
