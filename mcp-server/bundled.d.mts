/** Where the bundles of a project lie. */
export function bundleFolder(root: string): string

/** One hash over the root, this Node, and every file with its name. @throws where one of them cannot be read */
export function fingerprintOf(parts: {
  root: string
  /** Relative to the root */
  files: readonly string[]
  read?: (path: string) => string | Uint8Array
}): string

/** The entry of the bundle as a URL, if there is one that was made of exactly these sources. */
export function freshBundle(root?: string): string | undefined

/** Makes one for the next start, in a process of its own that nobody waits for. */
export function bundleLater(root?: string, delayMs?: number): void
