import { getContext, setContext } from 'svelte'

/** What a mark of a source says when it is pointed at. */
export interface Source {
  /** `list_nodes, gpu-east, 12:03:05` */
  label: string
}

/** The text around a mark knows the calls; the Markdown does not. */
export interface Citations {
  source(id: string): Source | undefined
  show(id: string): void
}

const key = Symbol('citations')
export const provideCitations = (citations: Citations) => setContext(key, citations)
export const useCitations = (): Citations | undefined => getContext<Citations | undefined>(key)
