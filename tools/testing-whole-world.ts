import { type StartedWorld, type StartOptions, startWorld } from '../mocks/main.ts'
import { clientsConfig, createClients } from './clients/create.ts'
import type { ClientName } from './clients/index.ts'
import type { Actor, Context, Reply, Tool } from './define.ts'
import { domains } from './index.ts'
import { testContext } from './testing.ts'

export interface TestWorld extends StartedWorld {
  ctx: Context<ClientName>
  tool(name: string): Tool
  /** Parse, run and check the output as the road does */
  run<D>(name: string, input: object): Promise<Reply<Record<string, unknown>> & { data: D; text: string }>
  /** How long one cluster may take where the tool does not say; generous, as tests share a machine */
  patience(milliseconds: number): void
  /** Let the world's clock go on */
  pass(seconds: number): void
}

const bootMs = Date.parse('2026-11-20T12:00:00Z')

/** The whole world on loopback and the real clients over it, on one clock that stands still unless moved. */
export async function startTestWorld(options: StartOptions & { actor?: Partial<Actor> } = {}): Promise<TestWorld> {
  const { actor, ...rest } = options
  let nowMs = bootMs
  const started = await startWorld({ tickMs: 0, demoModel: false, clock: () => nowMs, ...rest })
  const { llm: _, ...config } = started.config
  const now = () => new Date(nowMs)
  const clients = createClients(clientsConfig.parse(config), { now, env: {} })
  const plain = testContext({ clients, now, ...(actor && { actor }) })
  let timeoutMs = 15_000
  const ctx: typeof plain = {
    ...plain,
    fanOut: (clusters, task, limits) => plain.fanOut(clusters, task, { timeoutMs, ...limits }),
  }
  const tool = (name: string): Tool => {
    const found = domains.flatMap((domain) => domain.tools).find((one) => one.name === name)
    if (!found) throw new Error(`There is no tool ${name}`)
    return found
  }
  return {
    ...started,
    ctx,
    tool,
    async run<D>(name: string, input: object) {
      const { run, input: schema, output, text } = tool(name)
      const reply = await run(schema.parse(input) as never, ctx)
      const data = reply.data === undefined ? undefined : output.parse(reply.data)
      const words = data === undefined ? '' : text(data as never, { shown: 1, total: 1 })
      return { ...reply, data: data as D, text: words }
    },
    patience(milliseconds) {
      timeoutMs = milliseconds
    },
    pass(seconds) {
      nowMs += seconds * 1000
      started.world.sync()
    },
    async close() {
      clients.close()
      await started.close()
    },
  }
}
