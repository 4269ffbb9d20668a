import { noise, unitOf } from '../random.ts'
import type { ServingInfo } from '../serving-info.ts'
import type { Family } from './family.ts'
import { e2e, histogram, INPUT_TOKENS, itl, OUTPUT_TOKENS, tokens, ttft } from './histograms.ts'
import { COMPONENT, FRONTEND, SGLANG, simple, split, TRTLLM, total, type Value, VLLM } from './servers.ts'

const running: Value = (server, atMs) => {
  const { info } = server
  const seconds = info.ttftSeconds + info.itlSeconds * OUTPUT_TOKENS
  const busy =
    server.ratePerSecond(atMs) * seconds * (1 + 0.2 * noise(`${server.record.pod.metadata.name}/run`, atMs, 45_000))
  return Math.max(0, Math.round(server.full(atMs) ? busy * 2.2 + 24 : busy))
}
const waiting: Value = (server, atMs) => {
  const wave = noise(`${server.record.pod.metadata.name}/wait`, atMs, 60_000)
  return server.full(atMs) ? Math.round(70 + 30 * wave) : Math.max(0, Math.round(wave * 4 - 3))
}
const cacheUsage: Value = (server, atMs) => {
  const name = server.record.pod.metadata.name
  if (server.full(atMs)) return 0.99 + 0.009 * unitOf(`${name}/${Math.floor(atMs / 15_000)}`)
  return Math.min(
    0.93,
    Math.max(
      0.01,
      0.22 + 0.2 * unitOf(name) + running(server, atMs) * 0.006 + 0.08 * noise(`${name}/kv`, atMs, 300_000),
    ),
  )
}
const preemptions: Value = (server, atMs) => Math.floor(server.requests(atMs).stalled * 0.6)
const tokensOut: Value = (server, atMs) => Math.floor(total(server, atMs) * OUTPUT_TOKENS)
const tokensIn: Value = (server, atMs) => Math.floor(total(server, atMs) * INPUT_TOKENS)
const uptime: Value = (server, atMs) => (atMs - server.readyMs) / 1000

const queueTime = (help: string) => ({
  ...ttft('float', help),
  median: (info: ServingInfo) => info.ttftSeconds * 0.02,
  stalledFactor: 900,
})

export const SERVING_FAMILIES: Family[] = [
  histogram(VLLM, 'vllm:time_to_first_token_seconds', ttft('float', 'Histogram of time to first token in seconds.')),
  histogram(VLLM, 'vllm:inter_token_latency_seconds', itl('float', 'Histogram of inter-token latency in seconds.')),
  histogram(VLLM, 'vllm:e2e_request_latency_seconds', e2e('float', 'Histogram of e2e request latency in seconds.')),
  histogram(
    VLLM,
    'vllm:request_queue_time_seconds',
    queueTime('Histogram of time spent in WAITING phase for request.'),
  ),
  simple(VLLM, 'gauge', 'vllm:num_requests_running', ['Number of requests in model execution batches.', running]),
  simple(VLLM, 'gauge', 'vllm:num_requests_waiting', ['Number of requests waiting to be processed.', waiting]),
  simple(VLLM, 'gauge', 'vllm:kv_cache_usage_perc', ['KV-cache usage. 1 means 100 percent usage.', cacheUsage]),
  simple(VLLM, 'counter', 'vllm:num_preemptions_total', [
    'Cumulative number of preemption from the engine.',
    preemptions,
  ]),
  simple(VLLM, 'counter', 'vllm:prompt_tokens_total', ['Number of prefill tokens processed.', tokensIn]),
  simple(VLLM, 'counter', 'vllm:generation_tokens_total', ['Number of generation tokens processed.', tokensOut]),
  simple(VLLM, 'counter', 'vllm:prefix_cache_queries_total', [
    'Prefix cache queries, in terms of number of queried tokens.',
    tokensIn,
  ]),
  simple(VLLM, 'counter', 'vllm:prefix_cache_hits_total', [
    'Prefix cache hits, in terms of number of cached tokens.',
    (server, atMs) => Math.floor(tokensIn(server, atMs) * 0.41),
  ]),
  split(VLLM, 'vllm:request_success_total', {
    help: 'Count of successfully processed requests.',
    label: 'finished_reason',
    shares: [{ stop: 0.91, length: 0.08, abort: 0.01 }],
  }),

  histogram(
    SGLANG,
    'sglang:time_to_first_token_seconds',
    ttft('float', 'Histogram of time to first token in seconds.'),
  ),
  histogram(SGLANG, 'sglang:inter_token_latency_seconds', itl('float', 'Histogram of inter-token latency in seconds.')),
  simple(SGLANG, 'gauge', 'sglang:num_running_reqs', ['The number of running requests.', running]),
  simple(SGLANG, 'gauge', 'sglang:num_queue_reqs', ['The number of requests in the waiting queue.', waiting]),
  simple(SGLANG, 'gauge', 'sglang:token_usage', ['The token usage.', cacheUsage]),
  simple(SGLANG, 'gauge', 'sglang:cache_hit_rate', ['The prefix cache hit rate.', () => 0.37]),
  simple(SGLANG, 'gauge', 'sglang:gen_throughput', [
    'The generation throughput (token/s).',
    (server, atMs) => server.ratePerSecond(atMs) * OUTPUT_TOKENS,
  ]),

  histogram(
    TRTLLM,
    'trtllm_time_to_first_token_seconds',
    ttft('float', 'Histogram of time to first token in seconds.'),
  ),
  histogram(
    TRTLLM,
    'trtllm_time_per_output_token_seconds',
    itl('float', 'Histogram of time per output token in seconds.'),
  ),
  histogram(TRTLLM, 'trtllm_e2e_request_latency_seconds', e2e('float', 'Histogram of end to end latency in seconds.')),
  histogram(TRTLLM, 'trtllm_request_queue_time_seconds', queueTime('Histogram of time spent in the queue in seconds.')),
  simple(TRTLLM, 'gauge', 'trtllm_num_requests_running', ['Number of requests being processed.', running]),
  simple(TRTLLM, 'gauge', 'trtllm_num_requests_waiting', ['Number of requests waiting.', waiting]),
  simple(TRTLLM, 'gauge', 'trtllm_kv_cache_utilization', ['KV cache utilization.', cacheUsage]),
  simple(TRTLLM, 'gauge', 'trtllm_kv_cache_hit_rate', ['KV cache hit rate.', () => 0.44]),
  split(TRTLLM, 'trtllm_request_success_total', {
    help: 'Count of successfully processed requests.',
    label: 'finished_reason',
    shares: [{ stop: 0.92, length: 0.08 }],
  }),

  split(FRONTEND, 'dynamo_frontend_requests_total', {
    help: 'Total number of LLM requests processed',
    label: 'status',
    shares: [{ success: 0.994, error: 0.006 }],
  }),
  histogram(FRONTEND, 'dynamo_frontend_time_to_first_token_seconds', ttft('integer', 'Time to first token in seconds')),
  histogram(FRONTEND, 'dynamo_frontend_inter_token_latency_seconds', itl('integer', 'Inter-token latency in seconds')),
  histogram(FRONTEND, 'dynamo_frontend_request_duration_seconds', e2e('integer', 'Duration of LLM requests')),
  histogram(FRONTEND, 'dynamo_frontend_input_sequence_tokens', tokens('Input sequence length in tokens', INPUT_TOKENS)),
  histogram(
    FRONTEND,
    'dynamo_frontend_output_sequence_tokens',
    tokens('Output sequence length in tokens', OUTPUT_TOKENS),
  ),
  simple(FRONTEND, 'counter', 'dynamo_frontend_output_tokens_total', [
    'Total number of output tokens generated',
    tokensOut,
  ]),
  simple(FRONTEND, 'counter', 'dynamo_frontend_cached_tokens', [
    'Number of cached tokens',
    (server, atMs) => Math.floor(tokensIn(server, atMs) * 0.41),
  ]),
  simple(FRONTEND, 'gauge', 'dynamo_frontend_active_requests', ['Number of active requests', running]),
  simple(FRONTEND, 'gauge', 'dynamo_frontend_inflight_requests', ['Number of inflight requests', running]),
  simple(FRONTEND, 'gauge', 'dynamo_frontend_queued_requests', [
    'Number of requests in HTTP processing queue',
    waiting,
  ]),

  simple(COMPONENT, 'counter', 'dynamo_component_requests_total', [
    'Total number of requests processed by work handler',
    (server, atMs) => Math.floor(total(server, atMs)),
  ]),
  simple(COMPONENT, 'gauge', 'dynamo_component_inflight_requests', [
    'Number of requests currently being processed by work handler',
    running,
  ]),
  simple(COMPONENT, 'gauge', 'dynamo_component_gpu_cache_usage_percent', ['GPU cache usage (0.0-1.0)', cacheUsage]),
  simple(COMPONENT, 'gauge', 'dynamo_component_uptime_seconds', ['Total uptime of the component in seconds', uptime]),
  simple(COMPONENT, 'gauge', 'dynamo_component_model_load_time_seconds', [
    'Model load time in seconds',
    ({ info }) => 8 + info.ttftSeconds * 60,
  ]),
]
