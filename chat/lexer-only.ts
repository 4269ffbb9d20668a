import type { Plugin } from 'vite'

/**
 * Leaves the lexer of `marked` in the browser and nothing else of it. The package is one file that makes an instance of everything
 * as it is loaded, so that its parsers and renderers, which nothing here uses, would never fall away.
 */
export function lexerOnly(): Plugin {
  return {
    name: 'lexer-only',
    apply: 'build',
    enforce: 'pre',
    applyToEnvironment: ({ config }) => config.consumer === 'client',
    transform(code, id) {
      if (!/\/marked\/lib\/marked\.esm\.js$/.test(id)) return
      const nameOf = (exported: string) => new RegExp(`([\\w$]+) as ${exported}\\b`).exec(code)?.[1]
      const [lexer, instance] = [nameOf('Lexer'), code.indexOf(`=new ${nameOf('Marked')};`)]
      if (lexer === undefined || instance < 0) this.error('marked is built in another way than lexer-only.ts knows')
      return { code: `${code.slice(0, code.lastIndexOf('var ', instance))}export { ${lexer} as Lexer }`, map: null }
    },
  }
}
