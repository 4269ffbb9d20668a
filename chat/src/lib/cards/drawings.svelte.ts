import type { Component } from 'svelte'

type Drawing = Component<Record<string, unknown>>

/** Components by name, each in a file of its own: a page loads those it shows. */
export function drawings<Name extends string>(files: Record<Name, () => Promise<{ default: unknown }>>) {
  let known = $state.raw<Partial<Record<Name, Drawing>>>({})

  /** Loads these. One that could not be loaded is tried again when it is next asked for. */
  async function load(names: Iterable<Name>): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !known[name] && files[name])
    await Promise.all(
      missing.map(async (name) => {
        const drawing = (await files[name]().catch(() => undefined))?.default as Drawing | undefined
        if (drawing) known = { ...known, [name]: drawing }
      }),
    )
  }
  return {
    load,
    /** Undefined until it is loaded, which this starts. */
    of(name: Name): Drawing | undefined {
      if (!known[name]) void load([name])
      return known[name]
    },
  }
}
