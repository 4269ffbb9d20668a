/** A model that the world serves. `params` in billions; times are what one replica gives under light load, in seconds. */
export interface ServedModel {
  cluster: string
  name: string
  model: string
  engine: 'vllm' | 'sglang' | 'plain-vllm'
  pool: string
  tensorParallel: number
  replicas: number
  /** Replicas of a prefill component; 0 serves prefill and decode together. */
  prefillReplicas: number
  ttftSeconds: number
  itlSeconds: number
  requestsPerSecond: number
}

const ROWS: [string, string, string, ServedModel['engine'], string, number, number, number, number, number, number][] =
  [
    ['gpu-east', 'qwen3-32b', 'Qwen/Qwen3-32B', 'vllm', 'h100', 2, 2, 0, 0.21, 0.021, 6],
    ['gpu-east', 'llama-3-3-70b', 'meta-llama/Llama-3.3-70B-Instruct', 'vllm', 'h100', 4, 2, 0, 0.38, 0.03, 5],
    ['gpu-east', 'gpt-oss-120b', 'openai/gpt-oss-120b', 'vllm', 'h100', 2, 4, 0, 0.19, 0.012, 14],
    ['gpu-east', 'qwen3-5-122b', 'Qwen/Qwen3.5-122B-A10B-FP8', 'vllm', 'h100', 4, 1, 0, 0.33, 0.018, 3],
    ['gpu-east', 'deepseek-v4-flash', 'deepseek-ai/DeepSeek-V4-Flash', 'vllm', 'h200', 4, 2, 0, 0.52, 0.022, 4],
    ['gpu-east', 'qwen3-30b-a3b', 'Qwen/Qwen3-30B-A3B', 'vllm', 'h100', 1, 4, 0, 0.12, 0.009, 18],
    [
      'gpu-east',
      'nemotron-3-super',
      'nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8',
      'vllm',
      'h100',
      4,
      1,
      0,
      0.29,
      0.016,
      3,
    ],
    ['gpu-east', 'gemma-4-31b', 'google/gemma-4-31B-it', 'vllm', 'h100', 1, 3, 0, 0.24, 0.025, 7],
    ['gpu-east', 'llama-3-1-8b', 'meta-llama/Llama-3.1-8B-Instruct', 'vllm', 'h100', 1, 2, 1, 0.07, 0.008, 22],
    ['gpu-east', 'minimax-m2-7', 'MiniMaxAI/MiniMax-M2.7', 'vllm', 'h100', 8, 1, 0, 0.61, 0.024, 2],
    ['gpu-west', 'qwen3-8b', 'Qwen/Qwen3-8B', 'vllm', 'l40s', 1, 4, 0, 0.14, 0.017, 11],
    ['gpu-west', 'gpt-oss-20b', 'openai/gpt-oss-20b', 'vllm', 'l40s', 1, 4, 0, 0.11, 0.011, 13],
    ['gpu-west', 'gemma-4-26b-a4b', 'google/gemma-4-26B-A4B-it', 'vllm', 'a100', 1, 2, 0, 0.17, 0.014, 6],
    ['gpu-west', 'qwen3-6-35b-a3b', 'Qwen/Qwen3.6-35B-A3B', 'vllm', 'a100', 2, 2, 0, 0.18, 0.013, 6],
    [
      'gpu-west',
      'nemotron-3-nano',
      'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16',
      'vllm',
      'a100',
      1,
      2,
      0,
      0.16,
      0.013,
      5,
    ],
    ['gpu-west', 'qwen3-32b-fp8', 'Qwen/Qwen3-32B-FP8', 'sglang', 'l40s', 2, 2, 0, 0.44, 0.038, 3],
    ['gpu-west', 'qwen3-8-27b', 'Qwen/Qwen3.8-27B', 'sglang', 'a100', 1, 2, 0, 0.31, 0.029, 4],
    ['gpu-west', 'qwen3-6-27b', 'Qwen/Qwen3.6-27B-FP8', 'plain-vllm', 'l40s', 1, 2, 0, 0.36, 0.033, 3],
    ['edge-lab', 'qwen3-0-6b', 'Qwen/Qwen3-0.6B', 'vllm', 'l4', 1, 1, 0, 0.05, 0.007, 5],
    [
      'edge-lab',
      'llama-3-1-8b-edge',
      'meta-llama/Llama-3.1-8B-Instruct',
      'plain-vllm',
      'l4',
      1,
      2,
      0,
      0.41,
      0.048,
      1.5,
    ],
  ]

export const SERVED_MODELS: readonly ServedModel[] = ROWS.map((row) => ({
  cluster: row[0],
  name: row[1],
  model: row[2],
  engine: row[3],
  pool: row[4],
  tensorParallel: row[5],
  replicas: row[6],
  prefillReplicas: row[7],
  ttftSeconds: row[8],
  itlSeconds: row[9],
  requestsPerSecond: row[10],
}))
