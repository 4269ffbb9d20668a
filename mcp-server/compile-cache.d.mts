interface Environment {
  readonly QM_DATA_DIR?: string | undefined
}

/** Where this installation keeps its own things (QM_DATA_DIR). */
export function dataFolder(env: Environment): string

/** What Node compiled is kept for the next start. Call it before anything else is loaded. */
export function keepCompiled(env: Environment): void
