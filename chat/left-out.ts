import type { Plugin } from 'vite'

/** Modules of libraries that come along though nothing in the browser calls them: what they export, and why nobody misses it. */
const unused: { file: RegExp; exported: string; why: string }[] = [
  {
    file: /\/devalue\/src\/uneval\.js$/,
    exported: 'uneval',
    why: 'Only a server writes data as code.',
  },
  {
    file: /\/svelte\/src\/internal\/client\/dom\/elements\/custom-element\.js$/,
    exported: 'create_custom_element',
    why: 'No component here is a custom element.',
  },
]

/**
 * Keeps out of the browser what bundling cannot: modules that are reached by a name that is never called, and of `marked` all but
 * its lexer. That package is one file which makes an instance of everything as it is loaded, so that nothing of it falls away.
 */
export function leftOutOfTheBrowser(): Plugin {
  return {
    name: 'left-out-of-the-browser',
    apply: 'build',
    enforce: 'pre',
    applyToEnvironment: ({ config }) => config.consumer === 'client',
    transform(code, id) {
      const found = unused.find(({ file }) => file.test(id))
      if (found) {
        const { exported, why } = found
        if (!code.includes(`export function ${exported}(`))
          this.error(`${id} no longer exports ${exported}: see left-out.ts`)
        return { code: `export function ${exported}() { throw new Error(${JSON.stringify(why)}) }`, map: null }
      }
      if (!/\/marked\/lib\/marked\.esm\.js$/.test(id)) return
      const nameOf = (exported: string) => new RegExp(`([\\w$]+) as ${exported}\\b`).exec(code)?.[1]
      const [lexer, instance] = [nameOf('Lexer'), code.indexOf(`=new ${nameOf('Marked')};`)]
      if (lexer === undefined || instance < 0) this.error('marked is built in another way than left-out.ts knows')
      return { code: `${code.slice(0, code.lastIndexOf('var ', instance))}export { ${lexer} as Lexer }`, map: null }
    },
  }
}
