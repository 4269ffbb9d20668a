import type { Manifest, Plugin } from 'vite'

/** The styles of all that an entry imports when it is loaded, its own last. */
function stylesOf(manifest: Manifest, entry: string, seen = new Set<string>()): string[] {
  if (seen.has(entry)) return []
  seen.add(entry)
  const { imports = [], css = [] } = manifest[entry] ?? {}
  return [...imports.flatMap((one) => stylesOf(manifest, one, seen)), ...css]
}

/**
 * A page is drawn by the server with all the styles that it has in the browser. SvelteKit finds them along the imports of a page's
 * entry and counts a file that is shared once, for whoever comes first: what the page shares with something that is loaded later
 * was counted there, and the page stood without it until its scripts came. Here the entry names them all itself.
 */
export function stylesFirst(): Plugin {
  return {
    name: 'styles-first',
    apply: 'build',
    enforce: 'post',
    applyToEnvironment: ({ config }) => config.consumer === 'client',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const file = bundle['.vite/manifest.json']
        if (file?.type !== 'asset') return
        const manifest = JSON.parse(String(file.source)) as Manifest
        for (const [name, chunk] of Object.entries(manifest)) {
          if (!chunk.isEntry) continue
          const css = [...new Set(stylesOf(manifest, name))]
          if (css.length > 0) chunk.css = css
        }
        file.source = JSON.stringify(manifest, null, 2)
      },
    },
  }
}
