import { describe, expect, it } from 'vitest'
import { getClusterStatus } from './get-cluster-status.tool.ts'
import { fleetContext } from './testing.ts'

const run = async (cluster: string) => {
  const reply = await getClusterStatus.run({ cluster } as never, fleetContext())
  return reply.data as unknown as {
    state: string
    summary: string
    facts: { label: string; value: string }[]
    checks: { id: string; state: string; detail: string }[]
  }
}

describe('get_cluster_status', () => {
  it('tells a refusal from silence and counts nodes', async () => {
    const data = await run('east')
    expect(data.state).toBe('degraded')
    expect(data.summary).toBe('Not answering: Prometheus.')
    expect(data.checks.map((check) => [check.id, check.state])).toEqual([
      ['kubernetes', 'answers'],
      ['prometheus', 'refuses'],
      ['nodes', 'not all ready'],
    ])
    expect(data.facts.find((fact) => fact.label === 'nodes')!.value).toBe('1 of 2 ready')
  })

  it('answers for a dead cluster instead of failing', async () => {
    const data = await run('dead')
    expect(data.state).toBe('offline')
    expect(data.checks[0]).toMatchObject({ id: 'kubernetes', state: 'does not answer', detail: 'connect refused' })
  })

  it('says that nothing could be asked where nothing is configured', async () => {
    expect(await run('bare')).toMatchObject({ state: 'unknown', checks: [] })
  })

  it('refuses an unknown cluster by name', async () => {
    await expect(run('nowhere')).rejects.toMatchObject({ code: 'cluster-not-found' })
  })
})
