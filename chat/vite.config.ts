import { fileURLToPath } from 'node:url'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'
import { fewFiles } from './few-files.ts'
import { lexerOnly } from './lexer-only.ts'
import { noSchemasInTheBrowser } from './no-schemas.ts'
import { stylesFirst } from './styles-first.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const pages = `${here}src/routes`
const layout = [`${pages}/+layout.svelte`, `${pages}/+layout.ts`, `${pages}/+error.svelte`]
const start = [`${pages}/+page.svelte`, `${here}src/lib/home/state-strip.svelte`]
const card = [`${here}src/lib/cards/card.svelte`]
const conversation = [`${pages}/c/[id]/+page.svelte`, `${pages}/c/[id]/+page.ts`]

// Build from the root of the repository (`vite build --config chat/vite.config.ts`): adapter-node reads package.json there.
export default defineConfig({
  root: here,
  plugins: [
    noSchemasInTheBrowser(),
    lexerOnly(),
    stylesFirst(),
    sveltekit({
      adapter: adapter({ out: `${here}build` }),
      // The first paint waits for the page alone
      inlineStyleThreshold: 30_000,
      csp: {
        mode: 'auto',
        directives: {
          'default-src': ['self'],
          'connect-src': ['self', 'ws:', 'wss:'],
          'img-src': ['self', 'data:'],
          'style-src': ['self', 'unsafe-inline'],
          'script-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
  build: { target: 'es2022' },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            codeSplitting: {
              groups: fewFiles({
                shell: [layout],
                ask: [start, conversation],
                // Cards come when there are some: what pages need without them must not lie in their file
                turns: [conversation, card],
                home: [start, card],
                cards: [card],
                conversation: [conversation],
              }),
            },
          },
        },
      },
    },
  },
})
