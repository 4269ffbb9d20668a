import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelEndpoint } from './types.ts'

export interface ModelEndpointUnderTest {
  client: ModelEndpoint
  close(): Promise<void>
}

/** What we rely on of an OpenAI-compatible endpoint besides chat. */
export function modelEndpointContract(name: string, open: () => Promise<ModelEndpointUnderTest>): void {
  describe(`Model endpoint contract: ${name}`, () => {
    let under: ModelEndpointUnderTest
    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under?.close())

    it('is healthy', async () => {
      expect(await under.client.healthy()).toBe(true)
    })

    it('lists the models it serves', async () => {
      const models = await under.client.models()
      expect(models.length).toBeGreaterThan(0)
      for (const { id, maxModelLen } of models) {
        expect(id).not.toBe('')
        if (maxModelLen !== undefined) expect(maxModelLen).toBeGreaterThan(0)
      }
    })
  })
}
