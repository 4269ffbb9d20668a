import { defineConfig } from 'vitest/config'

// With a report (a run that decides) a test that fails is tried once more, and named in `<report>.flaky` when it then passes.
// `npm test` runs `unit` and `card`; `npm run test:real` runs `real`, which needs the engines of `engines/`.
const report = process.env.QM_TEST_REPORT

export default defineConfig({
  test: {
    ...(report && {
      reporters: ['default', 'json', ['./scripts/second-try-reporter.ts', { file: `${report}.flaky` }]],
      outputFile: { json: report },
      retry: 1,
    }),
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: [
            '{tools,mcp-server,personas,db,mocks,engines,bench}/**/*.test.ts',
            'chat/src/**/*.test.ts',
            '*.test.ts',
          ],
          exclude: ['**/*.real.test.ts', '**/*.svelte.test.ts', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      './chat/vitest.config.ts',
      {
        test: {
          name: 'real',
          environment: 'node',
          include: ['{tools,mcp-server,db,mocks,engines}/**/*.real.test.ts', 'chat/src/**/*.real.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
