import type { CardData } from '#contract'
import { minutesAgo } from './moment.ts'

export const exampleLog: CardData['log'] = {
  title: 'Logs of qwen3-8b-decode-0',
  lines: Array.from({ length: 40 }, (_, index) => ({
    n: index + 1,
    at: minutesAgo(40 - index),
    source: 'decode-0',
    level: (['info', 'info', 'debug', 'warn', 'error'] as const)[index % 5],
    text:
      index % 5 === 4
        ? 'RuntimeError: CUDA error: device-side assert triggered at /workspace/csrc/cache_kernels.cu:311'
        : `Engine 000: avg prompt throughput ${(index * 97) % 800}.2 tokens/s, running ${index % 9} reqs, KV cache ${(index * 3) % 100}.1%`,
  })),
  note: '1,960 earlier lines are left out.',
}
