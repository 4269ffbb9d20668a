import { expect, it } from 'vitest'
import type { Series } from '#contract'
import type { Loki } from '../clients/loki/types.ts'
import { queryLogSeries } from './query-log-series.tool.ts'
import { logContext, lokiOf } from './testing.ts'

const asked: Parameters<Loki['seriesRange']>[0][] = []
const ctx = logContext({
  east: lokiOf('east', {
    seriesRange: async (query) => {
      asked.push(query)
      return [
        {
          metric: { pod: 'a' },
          values: [
            [100, '1'],
            [115, '5'],
            [130, '2'],
          ],
        },
        { metric: { pod: 'b' }, values: [[130, '9']] },
      ]
    },
  }),
  none: lokiOf('none', { labels: { app: ['web'] } }),
})
const run = (input: object) => queryLogSeries.run(queryLogSeries.input.parse(input) as never, ctx)
const query = 'sum by (pod) (rate({app="web"}[5m]))'

it('gives statistics and points of each series, highest first (LGS-001)', async () => {
  const { data } = await run({ query, clusters: ['east'], since: '6h' })
  expect(asked[0]).toMatchObject({ stepSeconds: 180 })
  expect(
    (data!.series as Series[]).map(({ name, last, min, avg, max, maxAt }) => [name, last, min, avg, max, maxAt]),
  ).toEqual([
    ['pod=b', 9, 9, 9, 9, 130],
    ['pod=a', 2, 1, 8 / 3, 5, 115],
  ])
})

it('refuses lines, too many points; nothing counted is explained', async () => {
  await expect(run({ query: '{app="web"}' })).rejects.toMatchObject({
    code: 'invalid-logql',
    options: { next: expect.stringContaining('count_over_time({app="web"} [5m])') },
  })
  await expect(run({ query, since: '4w', step: '1s' })).rejects.toMatchObject({ options: { field: 'step' } })
  expect((await run({ query, clusters: ['none'] })).empty!.title).toBe('The query is valid and counted nothing')
})
