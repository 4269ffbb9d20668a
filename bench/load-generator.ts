import { atMost, type Bench, type Figure, type Measure, rounded } from './measure.ts'
import { startTimedModel } from './model-stream.ts'

/** What the model that is measured really does. */
const firstTokenMs = 40
const tokensPerSecond = 100
const tokens = 32

/** What a measurement of a served model says of one whose times are known, by how many ask at once. */
export const loadGenerator: Measure = {
  id: 'load-generator',
  title: `What test_deployment measures of a model that takes ${firstTokenMs} ms for a first token and ${1000 / tokensPerSecond} ms for each after it`,
  async run(bench: Bench): Promise<Figure[]> {
    const [{ createServedModel }, { streamFetch }, { runLoad }, { metricsOf }] = await Promise.all([
      import('../tools/clients/vllm/served.ts'),
      import('../tools/clients/stream-fetch.ts'),
      import('../tools/models/measure/load.ts'),
      import('../tools/models/measure/summary.ts'),
    ])
    const baseUrl = await startTimedModel(bench, { tokensPerSecond, firstTokenMs })
    const connect = async () => ({ baseUrl, headers: {} })
    const model = createServedModel({
      baseUrl: 'http://endpoint/v1',
      way: streamFetch({ upstream: 'vllm', canRefresh: false, connect }),
      clock: () => performance.now(),
    })
    bench.after(model.close)
    const figures: Figure[] = []
    for (const concurrency of [1, 8, 32]) {
      const settings = {
        concurrency,
        requests: Math.min(200, 6 * concurrency + 14),
        inputTokens: 256,
        outputTokens: tokens,
        seconds: 60,
        sharedPrefixTokens: 0,
      }
      const never = new AbortController().signal
      const { samples } = await runLoad({
        model,
        name: 'quartermaster-demo',
        api: 'chat',
        settings,
        run: 'bench',
        clock: () => performance.now(),
        deadline: AbortSignal.timeout(60_000),
        signal: never,
      })
      const metrics = metricsOf(samples, settings)
      const p50 = (id: string) => metrics.find((metric) => metric.id === id)?.p50 ?? Number.NaN
      figures.push(
        {
          name: `first token too late, ${concurrency} at once, p50`,
          value: rounded(p50('ttft') - firstTokenMs, 2),
          unit: 'ms',
          // Of many at once the model's process is late too, and on few cores the later one of the two
          ...(concurrency === 1 && { target: atMost(15) }),
        },
        {
          name: `between tokens too long, ${concurrency} at once, p50`,
          value: rounded(p50('tpot') - 1000 / tokensPerSecond, 2),
          unit: 'ms',
          ...(concurrency < 32 && { target: atMost(1) }),
        },
      )
    }
    return figures
  },
}
