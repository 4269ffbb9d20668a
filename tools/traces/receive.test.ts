import { expect, it } from 'vitest'
import type { NewEvent } from '#contract'
import type { TraceSummary } from '../clients/tempo/types.ts'
import { testContext } from '../testing.ts'
import { clusterInfo, fleetOf, perCluster } from '../testing-upstreams.ts'
import { createReceiveJob } from './receive.job.ts'
import { summary, tempoOf } from './testing.ts'

it('tells each new error trace once, only while somebody watches, and survives a cluster that is away (TRC-009)', async () => {
  const announced: NewEvent[] = []
  const asked: unknown[] = []
  let found: TraceSummary[] = [summary({ traceId: 'a'.repeat(32) })]
  const clients = {
    fleet: fleetOf([clusterInfo('east')]),
    tempo: perCluster({ east: tempoOf('east', { asked, search: () => found }), dead: new Error('refused') }),
  }
  const job = createReceiveJob()
  const run = (watched: string[]) => job.run(testContext({ clients, announced, watched }) as never)
  await run([])
  expect(asked).toEqual([])
  await run(['trace.received'])
  expect(announced).toEqual([])
  found = [...found, summary({ traceId: 'b'.repeat(32), services: [{ name: 'web', spans: 2, errors: 1 }] })]
  await run(['trace.received'])
  await run(['trace.received'])
  expect(announced).toMatchObject([
    {
      name: 'trace.received',
      subject: `traces/trace/east/${'b'.repeat(32)}`,
      cluster: 'east',
      data: { state: 'error', errors: 1 },
    },
  ])
})
