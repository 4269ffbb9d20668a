import type { Entities } from '../entities.ts'

/** GPU products as people write them: H100, A100-80GB, RTX 4090, MI300X. */
export const GPU_PATTERN =
  '(?:gb200|gb300|gh200|b200|b300|h100|h200|h20|a100|a30|a40|a10g?|l40s|l40|l4|t4|v100|p100|gb10|mi\\d{3}x?|rtx[\\s-]?(?:pro[\\s-]?)?\\d{4}(?:[\\s-]ada)?)(?:-(?:sxm|pcie|nvl)\\d?)?(?:-\\d{2,3}(?:gb)?)?'

const STATUSES: [RegExp, string][] = [
  [/\boom[\s-]?killed\b/, 'OOMKilled'],
  [/\bimage ?pull ?back ?off\b/, 'ImagePullBackOff'],
  [/\bnot[\s-]?ready\b|\bunready\b|\b(?:is|are|went|go|gone) (?:down|offline)\b|\bunreachable\b/, 'not-ready'],
  [/\bcordon(?:ed)?\b|\bunschedulable\b|\bdrain(?:ed|ing)\b/, 'cordoned'],
  [
    /\bcrash[\s-]?loop(?:ing|backoff)?\b|\bcrash(?:es|ed|ing)?\b|\bfail(?:s|ed|ing|ures?)?\b|\bunhealthy\b|\bbroken\b|\bsick\b|\bin error\b/,
    'failing',
  ],
  [/\bpending\b|\bstuck\b|\bnot (?:starting|scheduled)\b|\bwaiting\b/, 'pending'],
  [/\brunning\b/, 'running'],
  [/\bready\b|\bhealthy\b/, 'ready'],
  [/\bpaused\b/, 'paused'],
  [/\bfiring\b/, 'firing'],
  [/\bresolved\b/, 'resolved'],
]

/** Words with a fixed meaning: GPU products, states, severities, engines. */
export function readWords(original: string): Entities {
  const text = original.toLowerCase()
  const gpu = new RegExp(`\\b(${GPU_PATTERN})(?=s?\\b)`).exec(text)?.[1]
  const label = /(?<![\w"'{,])([a-z][\w./-]*=[\w.-]+)(?!["'\w])/.exec(text)?.[1]
  return {
    gpuModel: gpu
      ? gpu
          .toUpperCase()
          .replace(/\s+/g, '-')
          .replace(/RTX-?(?=\d)/, 'RTX ')
          .replace('RTX-', 'RTX ')
      : undefined,
    status: STATUSES.find(([pattern]) => pattern.test(text))?.[1],
    severity:
      /\b(critical|warning|info)s?\b/.exec(text)?.[1] ??
      (/\b(?:severe|urgent|page-?worthy)\b/.test(text) ? 'critical' : undefined),
    engine: /\b(vllm|sglang|trtllm|tensorrt-llm|trt-llm)\b/
      .exec(text)?.[1]
      ?.replace(/^(?:tensorrt|trt)-llm$/, 'trtllm'),
    labels: label,
    previous: /\bprevious (?:container|logs?|run|instance)|before (?:the|it) (?:crash|restart)/.test(text) || undefined,
  }
}
