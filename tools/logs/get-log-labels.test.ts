import { expect, it } from 'vitest'
import { getLogLabels } from './get-log-labels.tool.ts'
import { logContext, lokiOf } from './testing.ts'

const ctx = logContext({
  east: lokiOf('east', { labels: { pod: [], app: [] } }),
  west: lokiOf('west', { labels: { app: [] } }),
})

it('names each label once with its clusters (LGS-003)', async () => {
  const { data } = await getLogLabels.run(getLogLabels.input.parse({}) as never, ctx)
  expect(data).toMatchObject({
    title: '2 labels',
    rows: [
      { name: 'app', clusters: 'east, west' },
      { name: 'pod', clusters: 'east' },
    ],
  })
})
