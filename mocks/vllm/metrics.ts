const LATENCY_BUCKETS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
]
const TOKEN_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]

interface Histogram {
  help: string
  buckets: number[]
  counts: number[]
  sum: number
  count: number
}

const HISTOGRAMS = {
  'vllm:time_to_first_token_seconds': {
    help: 'Histogram of time to first token in seconds.',
    buckets: LATENCY_BUCKETS,
  },
  'vllm:inter_token_latency_seconds': { help: 'Histogram of inter-token latency in seconds.', buckets: TOKEN_BUCKETS },
  'vllm:e2e_request_latency_seconds': {
    help: 'Histogram of e2e request latency in seconds.',
    buckets: LATENCY_BUCKETS,
  },
  'vllm:request_queue_time_seconds': {
    help: 'Histogram of time spent in WAITING phase for request.',
    buckets: LATENCY_BUCKETS,
  },
} as const

type HistogramName = keyof typeof HISTOGRAMS

/** The counters that a vLLM server keeps about itself, printed as Prometheus text with vLLM's names and labels. */
export function createMetrics(model: string, maxModelLength: number) {
  const counters = { promptTokens: 0, generationTokens: 0, finished: { stop: 0, length: 0, abort: 0 } }
  const running = { requests: 0, tokens: 0 }
  const histograms = Object.fromEntries(
    Object.entries(HISTOGRAMS).map(([name, { help, buckets }]) => [
      name,
      { help, buckets: [...buckets], counts: buckets.map(() => 0), sum: 0, count: 0 },
    ]),
  ) as Record<HistogramName, Histogram>
  const labels = `engine="0",model_name="${model}"`
  const simple = (name: string, type: string, help: string, samples: [string, number][]) =>
    [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(([extra, value]) => `${name}{${labels}${extra}} ${value}`),
    ].join('\n')

  return {
    started(promptTokens: number) {
      counters.promptTokens += promptTokens
      running.requests += 1
      running.tokens += promptTokens
    },
    token() {
      counters.generationTokens += 1
    },
    ended(promptTokens: number, reason: keyof typeof counters.finished) {
      counters.finished[reason] += 1
      running.requests -= 1
      running.tokens -= promptTokens
    },
    observe(name: HistogramName, seconds: number) {
      const histogram = histograms[name]
      const index = histogram.buckets.findIndex((edge) => seconds <= edge)
      if (index >= 0) histogram.counts[index]! += 1
      histogram.sum += seconds
      histogram.count += 1
    },
    text(): string {
      const usage = Math.min(1, running.tokens / maxModelLength)
      return `${[
        simple('vllm:num_requests_running', 'gauge', 'Number of requests in model execution batches.', [
          ['', running.requests],
        ]),
        simple('vllm:num_requests_waiting', 'gauge', 'Number of requests waiting to be processed.', [['', 0]]),
        simple('vllm:kv_cache_usage_perc', 'gauge', 'KV-cache usage. 1 means 100 percent usage.', [['', usage]]),
        simple('vllm:prompt_tokens_total', 'counter', 'Number of prefill tokens processed.', [
          ['', counters.promptTokens],
        ]),
        simple('vllm:generation_tokens_total', 'counter', 'Number of generation tokens processed.', [
          ['', counters.generationTokens],
        ]),
        simple('vllm:num_preemptions_total', 'counter', 'Cumulative number of preemption from the engine.', [['', 0]]),
        simple(
          'vllm:request_success_total',
          'counter',
          'Count of successfully processed requests.',
          Object.entries(counters.finished).map(([reason, value]) => [`,finished_reason="${reason}"`, value]),
        ),
        ...Object.entries(histograms).map(([name, histogram]) => printHistogram(name, histogram, labels)),
      ].join('\n')}\n`
    },
  }
}

export type Metrics = ReturnType<typeof createMetrics>

function printHistogram(name: string, histogram: Histogram, labels: string): string {
  let below = 0
  const buckets = histogram.buckets.map((edge, index) => {
    below += histogram.counts[index]!
    return `${name}_bucket{${labels},le="${Number.isInteger(edge) ? `${edge}.0` : edge}"} ${below}`
  })
  return [
    `# HELP ${name} ${histogram.help}`,
    `# TYPE ${name} histogram`,
    ...buckets,
    `${name}_bucket{${labels},le="+Inf"} ${histogram.count}`,
    `${name}_count{${labels}} ${histogram.count}`,
    `${name}_sum{${labels}} ${histogram.sum}`,
  ].join('\n')
}
