import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf } from '../failure-suite.ts'
import type { RayDashboard } from './types.ts'

export interface RayUnderTest {
  client: RayDashboard
  close(): Promise<void>
}

/** What we rely on of a Ray dashboard. */
export function rayContract(name: string, open: () => Promise<RayUnderTest>): void {
  describe(`Ray contract: ${name}`, () => {
    let under: RayUnderTest
    let client: RayDashboard
    beforeAll(async () => {
      under = await open()
      client = under.client
    })
    afterAll(() => under?.close())

    it('tells its version', async () => {
      expect((await client.version()).rayVersion).toMatch(/^\d+\.\d+/)
    })

    it('has one living head, and nodes with resources', async () => {
      const nodes = await client.nodes()
      expect(nodes.filter(({ isHead, state }) => isHead && state === 'ALIVE')).toHaveLength(1)
      for (const node of nodes) {
        expect(node.nodeId).toMatch(/^[0-9a-f]+$/)
        expect(node.ip).not.toBe('')
        if (node.state === 'ALIVE') expect(node.resourcesTotal.CPU ?? 0).toBeGreaterThanOrEqual(0)
        for (const gpu of node.gpus) expect(gpu.index).toBeGreaterThanOrEqual(0)
      }
    })

    it('lists jobs; submitted ones have a log', async () => {
      const jobs = await client.jobs()
      for (const job of jobs) expect(job.id).not.toBe('')
      const submitted = jobs.find(({ type }) => type === 'SUBMISSION')
      if (submitted) expect(await client.jobLogs(submitted.id)).toEqual(expect.any(String))
    })

    it('a job that is not there is not-found', async () => {
      expect((await failureOf(client.jobLogs('raysubmit_nosuchjob'))).code).toBe('not-found')
    })
  })
}
