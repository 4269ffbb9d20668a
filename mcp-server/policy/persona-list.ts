/** Which tools a persona has directly, and which it reaches through run_tool. */
export interface PersonaList {
  has(persona: string): boolean
  direct(persona: string): readonly string[]
  reaches(persona: string, tool: string): boolean
}
