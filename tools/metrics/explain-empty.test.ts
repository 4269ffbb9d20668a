import { describe, expect, it } from 'vitest'
import { context, result, run } from './testing.ts'

describe('an empty answer explains itself', () => {
  it('by the other clusters that have the metric', async () => {
    const ctx = context({ east: { names: ['up'] }, west: { names: ['up', 'vllm_running'] } })
    const reply = await run({ query: 'vllm_running', clusters: ['east'] }, ctx)
    expect(reply.empty!.likely[0]).toBe('vllm_running is not on east, and is on west')
    expect(reply.empty!.next[0]).toContain('"clusters":["west"]')
  })

  it('by the time when it was last seen', async () => {
    const seconds = String(Date.parse('2026-11-19T20:00:00Z') / 1000)
    const answer = ({ query }: { query: string }) =>
      query.startsWith('max(max_over_time(timestamp(up{job="vllm"})')
        ? result([{ metric: {}, values: [[0, seconds]] }])
        : result([])
    const ctx = context({ east: { names: ['up'], values: { job: ['vllm'] }, answer } })
    const reply = await run({ query: 'rate(up{job="vllm"}[5m])', since: '1h' }, ctx)
    expect(reply.empty!.likely[0]).toContain('no samples then; last seen about 11-19 20:00 UTC')
    expect(reply.empty!.next[0]).toContain('2026-11-19T20:00:00Z')
  })

  const names = ['vllm:time_to_first_token_seconds_bucket', 'up']
  const values = { model_name: ['qwen3-8b', 'llama-70b'], job: ['vllm'] }
  const likely = async (query: string) =>
    (await run({ query }, context({ east: { names, values } }))).empty!.likely.join(' | ')

  it('by a metric that does not exist, naming a near one', async () => {
    expect(await likely('rate(vllm:time_to_first_token_second_bucket[5m])')).toContain(
      'there is vllm:time_to_first_token_seconds_bucket',
    )
  })
  it('by a label value that does not exist, naming those that do', async () => {
    expect(await likely('up{model_name="qwen3-8"}')).toContain('near: qwen3-8b')
    expect(await likely('up{model_name="gpt"}')).toContain('values: qwen3-8b, llama-70b')
    expect(await likely('up{nolabel="x"}')).toContain('up has no label nolabel')
  })
  it('by nothing it could not look up', async () => {
    const ctx = context({ east: { names, values } })
    ctx.clients.prometheus.for('east').labelValues = async () => {
      throw new Error('down')
    }
    const reply = await run({ query: 'up{nolabel="x"}' }, ctx)
    expect(reply.empty!.likely.join(' ')).not.toMatch(/no label|No metric/)
  })
  it('by the time or the comparison when all of it exists', async () => {
    expect(await likely('up{job="vllm"} > 5')).toMatch(/no samples at that time .*no value meets the comparison/)
  })
})
