/**
 * Who speaks: a way of working and the tools for it. The server enforces the list.
 * `capabilities` are listed directly to the model, in this order, with search_tools, run_tool and get_result after them.
 * `reach` is what run_tool may call besides: a tool, `domain/*`, or `domain/read` for reading tools only.
 */
export interface Persona {
  /** `^[a-z][a-z0-9-]{2,30}[a-z0-9]$` (PER-003) */
  id: string
  name: string
  description: string
  icon: string
  capabilities: readonly string[]
  reach: readonly string[]
  /** Questions an empty page offers when nothing in the fleet calls for attention */
  suggestions: readonly string[]
}

export const definePersona = (persona: Persona): Persona => persona
