import { expect, it } from 'vitest'
import { expireSilence } from './expire-silence.tool.ts'
import { silenceOf, withSilences } from './testing-silences.ts'

it('expire_silence plans what tells again, ends it once, and refuses one that ended', async () => {
  const silences = [silenceOf('s1')]
  const ctx = withSilences(silences)
  const input = { cluster: 'east', id: 'east/s1' } as never
  const planned = await expireSilence.plan!(input, ctx)
  expect(planned).toMatchObject({
    steps: [{ verb: 'Notify again', target: 'critical GpuSick node/n1' }],
    guard: { silence: 's1', state: 'active' },
  })
  expect((await expireSilence.run(input, ctx)).data).toMatchObject({ rows: [{ id: 'east/s1', state: 'expired' }] })
  await expireSilence.run(input, ctx)
  await expect(expireSilence.plan!(input, ctx)).rejects.toMatchObject({ code: 'conflict' })
  await expect(expireSilence.plan!({ cluster: 'east', id: 'no' } as never, ctx)).rejects.toMatchObject({
    code: 'not-found',
  })
})
