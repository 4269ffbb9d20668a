import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

const report = process.env.QM_TEST_REPORT
const candidates = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const browser = candidates.find((path) => path !== undefined && existsSync(path))
if (!browser)
  console.error(
    'SKIPPED: no Chromium was found. Install one (Debian: apt-get install chromium) or name it in CHROMIUM.',
  )

// The journeys in a real browser, over the whole product as `npm start` runs it.
export default defineConfig({
  testDir: 'e2e',
  testMatch: browser ? '*.e2e.ts' : 'none',
  // One product for all files, on a small machine
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  retries: process.env.CI ? 1 : 0,
  reporter: report ? [['list'], ['json', { outputFile: report }]] : 'list',
  outputDir: '../test-results/e2e',
  use: {
    locale: 'en-US',
    viewport: { width: 1280, height: 860 },
    launchOptions: { ...(browser && { executablePath: browser }), args: ['--no-sandbox', '--disable-gpu'] },
    screenshot: 'only-on-failure',
  },
})
