/** What an argument names, so that its value can be completed from the fleet as it is. */
export type Completed = 'cluster' | 'node' | 'pod' | 'deployment' | 'ray-cluster' | 'model' | 'alert'

export interface RunbookArgument {
  /** camelCase */
  name: string
  title: string
  about: string
  required: boolean
  of?: Completed
}

/** A way to go about something that comes back: asked for by name, with a form, by people and by MCP clients (a prompt). */
export interface Runbook {
  /** `^[a-z][a-z0-9-]{2,40}$` */
  id: string
  title: string
  about: string
  arguments: readonly RunbookArgument[]
  /** What is asked then. `given` has the required arguments, trimmed; what is left out is absent */
  ask: (given: Record<string, string>) => string
}

export const defineRunbook = (runbook: Runbook): Runbook => runbook
