import { expect, it } from 'vitest'
import { getLogPatterns } from './get-log-patterns.tool.ts'
import { entry, logContext, lokiOf } from './testing.ts'

const lines = Array.from({ length: 100 }, (_, i) =>
  entry(i, i % 10 === 0 ? `W1120 12:00:00.000 disk ${i}% full` : `GET /v1/users/${i} 200`, { app: 'web' }),
)
const ctx = logContext({
  east: lokiOf('east', { entries: lines }),
  own: lokiOf('own', {
    entries: lines,
    patterns: async () => [{ pattern: 'GET <_> 200', count: 5000, first: 1_795_000_000, last: 1_795_000_600 }],
  }),
  none: lokiOf('none', { labels: { app: ['web'] } }),
})
const run = async (input: object) => {
  const reply = await getLogPatterns.run(getLogPatterns.input.parse({ query: '{app="web"}', ...input }) as never, ctx)
  return {
    ...reply,
    rows: ((reply.data?.rows ?? []) as { count: number; pattern: string; level: string }[]).map(
      ({ count, pattern, level }) => `${count} ${level} ${pattern}`,
    ),
  }
}

it('folds lines into kinds with their level', async () => {
  const { rows, data } = await run({ clusters: ['east'] })
  expect(rows).toEqual(['90 unknown GET /v<n>/users/<n> <n>', '10 warn W<n> <time> disk <n> full'])
  expect(data).toMatchObject({ title: '100 lines of 2 kinds for {app="web"}' })
  expect((await run({ clusters: ['east'], limit: 50 })).data!.title).toContain('newest 50 lines only of east')
})

it('takes the counts of Loki itself where it keeps them, and only for whole streams', async () => {
  const { rows, data } = await run({ clusters: ['own'] })
  expect(rows).toEqual(['5000 unknown GET <*> 200'])
  expect(data!.title).toContain('counted by Loki itself: own')
  expect((await run({ clusters: ['own'], query: '{app="web"} |= "GET"' })).rows[0]).toMatch(/^90 /)
})

it('nothing found says which label has no such value', async () => {
  expect((await run({ clusters: ['none'], query: '{app="wob"}' })).empty!.likely[0]).toBe(
    'No stream has app="wob"; near: web; values: web',
  )
  await expect(run({ query: 'rate({a="b"}[1m])' })).rejects.toMatchObject({ code: 'invalid-logql' })
})
