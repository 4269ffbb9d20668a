import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CardData, cards, isToolError, type NewEvent } from '#contract'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import {
  available,
  type DynamoMocker,
  type Kubernetes,
  startDynamoMocker,
  startKubernetes,
} from '../../../engines/index.ts'
import { leadToLoopback } from '../../../engines/kubernetes-fleet.ts'
import { type ConfiguredClients, clientsConfig, createClients } from '../../clients/create.ts'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { testContext } from '../../testing.ts'
import { insertApproval } from '../../testing-world.ts'
import { testDeployment } from '../test-deployment.tool.ts'

type Card = CardData['measurement']
const small = { concurrency: 4, requests: 24, inputTokens: 100, outputTokens: 16, seconds: 30 }
const p50 = (card: Card, id: string) => card.metrics.find((metric) => metric.id === id)!.p50

describe.skipIf(!available('dynamo-mocker').ok)('a measurement of a real Dynamo', () => {
  let engine: DynamoMocker
  let database: TestDatabase
  let runs = 0
  const events: NewEvent[] = []

  beforeAll(async () => {
    engine = await startDynamoMocker({ model: 'tiny' })
    database = await testDatabase()
  }, 120_000)
  afterAll(async () => {
    await engine?.stop()
    await database?.close()
  })

  async function test(clients: ConfiguredClients, input: object): Promise<Card> {
    const idempotencyKey = `run-${runs++}`
    await insertApproval(database.db, idempotencyKey)
    const ctx = testContext({ clients, db: database.db, now: () => new Date(), events, idempotencyKey })
    const reply = await testDeployment.run(testDeployment.input.parse(input) as never, ctx)
    return cards.measurement.payload.parse(reply.data) as Card
  }
  const local = () =>
    createClients(clientsConfig.parse({ llm: { baseUrl: `${engine.url}/v1` } }), { now: () => new Date(), env: {} })

  it('MOD: by its address: every step, and figures that its own metrics bear out', async () => {
    const clients = local()
    const card = await test(clients, { url: `${engine.url}/v1`, ...small })
    clients.close()
    expect(card).toMatchObject({ state: 'succeeded', failures: [] })
    expect(card.metrics.find(({ id }) => id === 'ttft')).toMatchObject({ samples: 24 })
    // Of this tokenizer a word is six tokens, which the first prompt tells
    const prompt = Number.parseInt(card.facts.find(({ label }) => label === 'Prompt tokens')!.value, 10)
    expect(prompt).toBeLessThan(2.5 * small.inputTokens)
    // What a client sees of a token takes at least as long as the engine takes for it
    const text = await (await fetch(`${engine.url}/metrics`)).text()
    const own = (part: string) =>
      Number(new RegExp(`dynamo_frontend_inter_token_latency_seconds_${part}{[^}]*} (\\S+)`).exec(text)![1])
    const ownMeanMs = (1000 * own('sum')) / own('count')
    const seen = card.metrics.find(({ id }) => id === 'itl')!
    expect(seen.mean).toBeGreaterThan(ownMeanMs * 0.5)
    expect(seen.mean).toBeLessThan(ownMeanMs * 3 + 20)
  }, 120_000)

  it('prompts of their own find nothing in its prefix cache; a shared start is found there', async () => {
    const clients = local()
    const cache = ({ facts }: Card) => Number.parseInt(facts.find(({ label }) => label === 'Prefix cache')!.value, 10)
    const own = await test(clients, { url: `${engine.url}/v1`, ...small })
    const shared = await test(clients, { url: `${engine.url}/v1`, ...small, sharedPrefixTokens: 80 })
    clients.close()
    expect(cache(own)).toBeLessThan(5)
    expect(cache(shared)).toBeGreaterThan(15)
  }, 120_000)

  describe.skipIf(!available('kubernetes').ok)('through the service proxy of a real API server', () => {
    let kubernetes: Kubernetes
    let caFile: string
    const clientsFor = (token: string) =>
      createClients(
        clientsConfig.parse({ clusters: [{ name: 'real', kubernetes: { url: kubernetes.url, token, caFile } }] }),
        {
          now: () => new Date(),
          env: {},
        },
      )
    const objects: KubeObject[] = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'models' } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'tiny', namespace: 'models' },
        spec: {
          // No pods: the only endpoint is the one that leads to the engine
          replicas: 0,
          selector: { matchLabels: { app: 'tiny' } },
          template: {
            metadata: { labels: { app: 'tiny' } },
            spec: {
              containers: [
                {
                  name: 'vllm',
                  image: 'vllm/vllm-openai:v0.31.0',
                  command: ['vllm'],
                  args: ['serve', 'tiny', '--port', '8000'],
                  ports: [{ name: 'http', containerPort: 8000 }],
                  resources: { limits: { 'nvidia.com/gpu': '1' } },
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'tiny', namespace: 'models' },
        spec: { selector: { app: 'tiny' }, ports: [{ name: 'http', port: 8000, targetPort: 'http' }] },
      },
    ]

    beforeAll(async () => {
      kubernetes = await startKubernetes()
      caFile = join(tmpdir(), `quartermaster-measure-${process.pid}.pem`)
      writeFileSync(caFile, kubernetes.caPem)
      const clients = clientsFor(kubernetes.token)
      const admin = clients.kubernetes.for('real')
      for (const object of objects) await admin.apply(await admin.resolveKind(`${object.kind}`), object)
      clients.close()
    }, 180_000)
    afterAll(() => kubernetes?.stop())
    const input = { cluster: 'real', name: 'tiny', namespace: 'models', ...small }
    const planOf = (clients: ConfiguredClients) =>
      testDeployment.plan!(
        testDeployment.input.parse(input) as never,
        testContext({ clients, now: () => new Date() }),
      ).then(
        (plan) => ({ code: 'none', message: JSON.stringify(plan), next: '' }),
        (error) => {
          if (!isToolError(error)) throw error
          return { code: error.code, message: error.message, next: error.options.next }
        },
      )

    it('says that no pod is ready while there is none', async () => {
      const clients = clientsFor(kubernetes.token)
      expect(await planOf(clients)).toMatchObject({
        code: 'model-not-available',
        next: expect.stringContaining('pods'),
      })
      clients.close()
    })

    it('says which right is missing', async () => {
      const clients = clientsFor(kubernetes.powerlessToken)
      const { message, next } = await planOf(clients)
      expect(`${message} ${next}`).toMatch(/cannot list|forbid/)
      clients.close()
    })

    it('measures what answers behind it, chunk by chunk', async () => {
      await leadToLoopback(kubernetes, { namespace: 'models', name: 'tiny', port: engine.port, portName: 'http' })
      const clients = clientsFor(kubernetes.token)
      await expect.poll(async () => (await planOf(clients)).code, { timeout: 30_000 }).toBe('none')
      const card = await test(clients, input)
      clients.close()
      expect(card).toMatchObject({ state: 'succeeded', failures: [] })
      expect(card.metrics.find(({ id }) => id === 'ttft')).toMatchObject({ samples: 24 })
      // Were the proxy to gather chunks, most would come at once, and none after the first
      expect(p50(card, 'itl')).toBeGreaterThan(1)
      if (process.env.QM_FIGURES)
        process.stderr.write(`${testDeployment.text(card as never, { shown: 1, total: 1 })}\n`)
    }, 120_000)
  })
})
