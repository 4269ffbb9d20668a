/** One of the options of `preview_deployment` as the form has it. A dot in the key is a member of an object. */
export interface OptionField {
  key: string
  label: string
  kind: 'text' | 'number' | 'flag' | 'choice' | 'flags' | 'pairs' | 'taints'
  hint?: string
  choices?: readonly string[]
  /** A flag's value where nobody says anything */
  on?: boolean
}

export interface OptionGroup {
  title: string
  fields: readonly OptionField[]
}

/** Advanced options (MOD-026), in the words of the tool. */
export const optionGroups: readonly OptionGroup[] = [
  {
    title: 'Engine',
    fields: [
      {
        key: 'enforceEager',
        label: 'Enforce eager',
        kind: 'flag',
        on: true,
        hint: 'No CUDA graphs: quicker start, slower tokens',
      },
      {
        key: 'enablePrefixCaching',
        label: 'Prefix caching',
        kind: 'flag',
        hint: 'Reuse the cache of common beginnings',
      },
      { key: 'trustRemoteCode', label: 'Trust remote code', kind: 'flag', hint: 'Run code that comes with the model' },
      { key: 'quantization', label: 'Quantisation', kind: 'text', hint: 'fp8, awq, gptq, mxfp4' },
      { key: 'kvCacheDtype', label: 'Key-value cache', kind: 'choice', choices: ['auto', 'fp8'] },
      { key: 'gpuMemoryUtilization', label: 'Share of GPU memory', kind: 'number', hint: '0.1 to 0.99, default 0.92' },
      { key: 'maxSequences', label: 'Sequences at once', kind: 'number' },
      { key: 'servedModelName', label: 'Name for clients', kind: 'text', hint: 'Default: the id of the model' },
      { key: 'image', label: 'Image', kind: 'text', hint: 'Default: the release we know' },
      { key: 'engineArgs', label: 'More engine arguments', kind: 'flags', hint: 'One flag a line, or YAML or JSON' },
    ],
  },
  {
    title: 'Parallel and scale',
    fields: [
      { key: 'pipelineParallel', label: 'Pipeline stages', kind: 'number', hint: 'Divides the GPUs of a replica' },
      { key: 'nodesPerReplica', label: 'Nodes per replica', kind: 'number', hint: 'Divides the GPUs of a replica' },
      { key: 'expertParallel', label: 'Expert parallel', kind: 'flag', hint: 'Spread experts over the GPUs' },
      { key: 'prefillReplicas', label: 'Prefill replicas', kind: 'number', hint: 'Where prefill is apart' },
      { key: 'autoscaling.minReplicas', label: 'Scale from', kind: 'number', hint: 'Replicas' },
      { key: 'autoscaling.maxReplicas', label: 'Scale to', kind: 'number', hint: 'Replicas' },
      { key: 'planner', label: 'Dynamo planner', kind: 'flag', hint: 'Plans replicas while it runs' },
    ],
  },
  {
    title: 'By goal',
    fields: [
      {
        key: 'goal.ttftMs',
        label: 'First token within',
        kind: 'number',
        hint: 'ms; Dynamo finds GPUs, mode and replicas',
      },
      { key: 'goal.itlMs', label: 'Between tokens', kind: 'number', hint: 'ms' },
      { key: 'goal.inputTokens', label: 'Tokens in', kind: 'number' },
      { key: 'goal.outputTokens', label: 'Tokens out', kind: 'number' },
      { key: 'goal.requestsPerSecond', label: 'Requests per second', kind: 'number' },
      { key: 'goal.search', label: 'Search', kind: 'choice', choices: ['rapid', 'thorough'] },
    ],
  },
  {
    title: 'Placement',
    fields: [
      { key: 'nodeSelector', label: 'Node labels', kind: 'pairs', hint: 'node-pool=h100, one a line' },
      { key: 'tolerations', label: 'Tolerated taints', kind: 'taints', hint: 'nvidia.com/gpu:NoSchedule, one a line' },
      { key: 'spreadOver', label: 'Spread over', kind: 'text', hint: 'topology.kubernetes.io/zone' },
      { key: 'priorityClass', label: 'Priority class', kind: 'text' },
      { key: 'queue', label: 'Kueue queue', kind: 'text' },
      { key: 'cpu', label: 'CPU', kind: 'text', hint: 'of a replica: 8' },
      { key: 'memory', label: 'Memory', kind: 'text', hint: 'of a replica: 64Gi' },
      { key: 'sharedMemory', label: 'Shared memory', kind: 'text', hint: '/dev/shm: 16Gi' },
    ],
  },
  {
    title: 'Weights and access',
    fields: [
      {
        key: 'hfTokenSecret',
        label: 'Hugging Face secret',
        kind: 'text',
        hint: 'with HF_TOKEN; needed by gated models',
      },
      { key: 'imagePullSecret', label: 'Image pull secret', kind: 'text' },
      { key: 'storage.claim', label: 'Volume claim', kind: 'text', hint: 'where weights are, or are kept' },
      { key: 'storage.mountPath', label: 'Mounted at', kind: 'text', hint: '/models' },
      { key: 'storage.path', label: 'Folder in it', kind: 'text' },
      { key: 'env', label: 'Variables', kind: 'pairs', hint: 'NAME=value, one a line; no secrets' },
    ],
  },
]

export type OptionValues = Record<string, string | boolean | undefined>

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

/** Flags by line; anything else is one text of YAML or JSON, which the server takes apart. */
const flagsOf = (text: string): string[] =>
  lines(text).every((line) => line.startsWith('-')) ? lines(text) : [text.trim()]

const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    lines(text).map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
    }),
  )

/** `key=value:Effect` as `kubectl taint` writes it. */
const taintsOf = (text: string): object[] =>
  lines(text).map((line) => {
    const [, key = '', value, effect] = /^([^=:]*)(?:=([^:]*))?(?::(.+))?$/.exec(line) ?? []
    return {
      ...(key && { key }),
      operator: value ? 'Equal' : 'Exists',
      ...(value && { value }),
      ...(effect && { effect }),
    }
  })

function chosen({ kind, on = false }: OptionField, value: string | boolean | undefined): unknown {
  if (kind === 'flag') return value === undefined || value === on ? undefined : value
  const text = typeof value === 'string' ? value.trim() : ''
  if (text === '') return undefined
  if (kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : text
  if (kind === 'flags') return flagsOf(text)
  if (kind === 'pairs') return pairsOf(text)
  return kind === 'taints' ? taintsOf(text) : text
}

/** What was chosen, as the tool takes it; what was left alone is left out. */
export function optionsOf(values: OptionValues): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const field of optionGroups.flatMap(({ fields }) => fields)) {
    const value = chosen(field, values[field.key])
    if (value === undefined) continue
    const [head = '', member] = field.key.split('.')
    if (member === undefined) options[head] = value
    else options[head] = { ...(options[head] as object | undefined), [member]: value }
  }
  return options
}
