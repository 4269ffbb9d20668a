import { expect, it } from 'vitest'
import { listSilences } from './list-silences.tool.ts'
import { silenceOf, withSilences } from './testing-silences.ts'

it('list_silences tells what holds, how much it mutes and who to ask, and expired ones when asked', async () => {
  const ctx = withSilences([
    silenceOf('s1'),
    silenceOf('s2', { state: 'expired' }),
    silenceOf('s3', { state: 'pending' }),
  ])
  const run = async (input: object) => listSilences.run(listSilences.input.parse(input) as never, ctx)
  const { data, clusters } = await run({})
  expect(data).toMatchObject({
    rows: [
      { id: 'east/s1', state: 'active', mutes: 1, matchers: '{alertname="GpuSick"}', createdBy: 'Ada' },
      { id: 'east/s3', state: 'pending' },
    ],
  })
  expect(clusters).toMatchObject([{ status: 'success' }, { cluster: 'west', status: 'error' }])
  expect((await run({ state: 'expired' })).data).toMatchObject({ rows: [{ id: 'east/s2' }] })
  expect((await run({ text: 'nothing like it' })).empty!.likely[0]).toContain('3 silences there, 1 of them expired')
})
