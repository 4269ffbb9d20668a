import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte()],
  resolve: { conditions: ['browser'] },
  test: {
    name: 'card',
    environment: 'jsdom',
    include: ['src/**/*.svelte.test.ts'],
    setupFiles: ['testing/browser-stubs.ts'],
  },
})
