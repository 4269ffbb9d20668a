/**
 * What the engines call what they measure. Sources: vLLM v1 metrics and their names before 0.10; SGLang with `--enable-metrics`;
 * TensorRT-LLM's `/prometheus/metrics`; NVIDIA Dynamo 1.0–1.6, with the names it calls deprecated. All ratios are 0–1, also where the
 * name says percent; all times are seconds.
 */
export type Source = 'dynamo' | 'vllm' | 'sglang' | 'trtllm'

/** `all`: several of them say the same of different pods and are added; otherwise the first that is there counts. */
export interface Named {
  source: Source
  name: string
  /** Only these series */
  matcher?: string
}

const of =
  (source: Source) =>
  (name: string, matcher?: string): Named => ({ source, name, ...(matcher && { matcher }) })
const [dynamo, vllm, sglang, trtllm] = [of('dynamo'), of('vllm'), of('sglang'), of('trtllm')]

const waitingStages = 'stage=~"preprocess|route|dispatch"'

/** State now. Best name first: of one source the first that is there counts. */
export const gauges = {
  running: [
    vllm('vllm:num_requests_running'),
    sglang('sglang:num_running_reqs'),
    trtllm('trtllm_num_requests_running'),
    dynamo('dynamo_frontend_active_requests'),
    dynamo('dynamo_frontend_inflight_requests'),
  ],
  waiting: [
    vllm('vllm:num_requests_waiting'),
    sglang('sglang:num_queue_reqs'),
    trtllm('trtllm_num_requests_waiting'),
    dynamo('dynamo_frontend_stage_requests', waitingStages),
    dynamo('dynamo_frontend_queued_requests'),
  ],
  kvUsage: [
    vllm('vllm:kv_cache_usage_perc'),
    vllm('vllm:gpu_cache_usage_perc'),
    sglang('sglang:token_usage'),
    trtllm('trtllm_kv_cache_utilization'),
    dynamo('dynamo_component_gpu_cache_usage_percent'),
    dynamo('dynamo_component_kvstats_gpu_cache_usage_percent'),
  ],
  hitRate: [sglang('sglang:cache_hit_rate'), trtllm('trtllm_kv_cache_hit_rate')],
  tokensOutNow: [sglang('sglang:gen_throughput')],
} satisfies Record<string, Named[]>
export type Gauge = keyof typeof gauges

const failed = 'status!~"success|2.."'

/** Counted over the window. */
export const counters = {
  requests: [
    dynamo('dynamo_frontend_requests_total'),
    vllm('vllm:request_success_total'),
    sglang('sglang:num_requests_total'),
    trtllm('trtllm_request_success_total'),
  ],
  errors: [
    dynamo('dynamo_frontend_requests_total', failed),
    vllm('vllm:request_success_total', 'finished_reason="error"'),
    sglang('sglang:num_aborted_requests_total'),
  ],
  /** Refused for want of room: Dynamo answers 529 */
  rejected: [dynamo('dynamo_frontend_model_rejection_total'), dynamo('dynamo_frontend_model_rejection')],
  tokensIn: [
    dynamo('dynamo_frontend_input_sequence_tokens_sum'),
    vllm('vllm:prompt_tokens_total'),
    sglang('sglang:prompt_tokens_total'),
  ],
  tokensOut: [
    dynamo('dynamo_frontend_output_tokens_total'),
    dynamo('dynamo_frontend_output_sequence_tokens_sum'),
    vllm('vllm:generation_tokens_total'),
    sglang('sglang:generation_tokens_total'),
  ],
  prefixQueries: [vllm('vllm:prefix_cache_queries_total'), vllm('vllm:gpu_prefix_cache_queries_total')],
  prefixHits: [vllm('vllm:prefix_cache_hits_total'), vllm('vllm:gpu_prefix_cache_hits_total')],
  preemptions: [vllm('vllm:num_preemptions_total'), sglang('sglang:num_retracted_requests_total')],
} satisfies Record<string, Named[]>
export type Counter = keyof typeof counters

export const histograms = {
  ttft: [
    dynamo('dynamo_frontend_time_to_first_token_seconds'),
    vllm('vllm:time_to_first_token_seconds'),
    sglang('sglang:time_to_first_token_seconds'),
    trtllm('trtllm_time_to_first_token_seconds'),
  ],
  itl: [
    dynamo('dynamo_frontend_inter_token_latency_seconds'),
    vllm('vllm:inter_token_latency_seconds'),
    vllm('vllm:time_per_output_token_seconds'),
    sglang('sglang:inter_token_latency_seconds'),
    sglang('sglang:time_per_output_token_seconds'),
    trtllm('trtllm_time_per_output_token_seconds'),
  ],
  e2e: [
    dynamo('dynamo_frontend_request_duration_seconds'),
    vllm('vllm:e2e_request_latency_seconds'),
    sglang('sglang:e2e_request_latency_seconds'),
    trtllm('trtllm_e2e_request_latency_seconds'),
  ],
  queue: [
    vllm('vllm:request_queue_time_seconds'),
    sglang('sglang:queue_time_seconds'),
    trtllm('trtllm_request_queue_time_seconds'),
  ],
} satisfies Record<string, Named[]>
export type Histogram = keyof typeof histograms
