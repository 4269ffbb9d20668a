import type { Plugin } from 'vite'

const prefix = '\0no-schemas:'

/**
 * Keeps zod out of the browser. The chat client of `ai` is one file with the agent's side of it and makes its schemas as it is
 * loaded, though nothing in the browser checks against them (`src/lib/chat/stream-transport.ts`). Here making a schema makes
 * nothing, so that what is unused falls away, and checking against one throws.
 */
export function noSchemasInTheBrowser(): Plugin {
  return {
    name: 'no-schemas-in-the-browser',
    apply: 'build',
    enforce: 'pre',
    applyToEnvironment: ({ config }) => config.consumer === 'client',
    resolveId: (id) => (/^zod($|\/)/.test(id) ? prefix + id : undefined),
    async load(id) {
      if (!id.startsWith(prefix)) return
      const names = Object.keys(await import(/* @vite-ignore */ id.slice(prefix.length)))
      const exported = names.map((name) => `${/parse/i.test(name) ? 'refuse' : 'make'} as ${name}`)
      return {
        code: `
const refuse = () => { throw new Error('Nothing is checked against schemas in the browser.') }
const nothing = /* @__PURE__ */ new Proxy(refuse, { get: (_, name) => (/parse/i.test(String(name)) ? refuse : make), apply: () => nothing })
/* @__NO_SIDE_EFFECTS__ */
function make() { return nothing }
export { ${exported.join(', ')} }`,
        moduleSideEffects: false,
      }
    },
  }
}
