import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte()],
  resolve: { conditions: ['browser'] },
  test: {
    name: 'card',
    environment: 'jsdom',
    include: ['src/**/*.svelte.test.ts'],
    // A loaded machine is no failure: jsdom and axe take seconds there
    testTimeout: 60_000,
    hookTimeout: 120_000,
    setupFiles: ['testing/browser-stubs.ts', 'testing/all-cards.ts'],
  },
})
