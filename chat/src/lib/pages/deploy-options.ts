import type { Words } from '../words/index.ts'

type OptionWords = Words['pagesDeploy']['options']

/** One of the options of `preview_deployment` as the form has it. A dot in the key is a member of an object. */
export interface OptionField {
  key: keyof OptionWords
  kind: 'text' | 'number' | 'flag' | 'choice' | 'flags' | 'pairs' | 'taints'
  choices?: readonly string[]
  /** A flag's value where nobody says anything */
  on?: boolean
}

export interface OptionGroup {
  id: keyof Words['pagesDeploy']['groups']
  fields: readonly OptionField[]
}

/** Advanced options (MOD-026), by the names of the tool. What each is called stands with the words of the page. */
export const optionGroups: readonly OptionGroup[] = [
  {
    id: 'engine',
    fields: [
      {
        key: 'enforceEager',
        kind: 'flag',
        on: true,
      },
      {
        key: 'enablePrefixCaching',
        kind: 'flag',
      },
      { key: 'trustRemoteCode', kind: 'flag' },
      { key: 'quantization', kind: 'text' },
      { key: 'kvCacheDtype', kind: 'choice', choices: ['auto', 'fp8'] },
      { key: 'gpuMemoryUtilization', kind: 'number' },
      { key: 'maxSequences', kind: 'number' },
      { key: 'servedModelName', kind: 'text' },
      { key: 'image', kind: 'text' },
      { key: 'engineArgs', kind: 'flags' },
    ],
  },
  {
    id: 'scale',
    fields: [
      { key: 'pipelineParallel', kind: 'number' },
      { key: 'nodesPerReplica', kind: 'number' },
      { key: 'expertParallel', kind: 'flag' },
      { key: 'prefillReplicas', kind: 'number' },
      { key: 'autoscaling.minReplicas', kind: 'number' },
      { key: 'autoscaling.maxReplicas', kind: 'number' },
      { key: 'planner', kind: 'flag' },
    ],
  },
  {
    id: 'goal',
    fields: [
      {
        key: 'goal.ttftMs',
        kind: 'number',
      },
      { key: 'goal.itlMs', kind: 'number' },
      { key: 'goal.inputTokens', kind: 'number' },
      { key: 'goal.outputTokens', kind: 'number' },
      { key: 'goal.requestsPerSecond', kind: 'number' },
      { key: 'goal.search', kind: 'choice', choices: ['rapid', 'thorough'] },
    ],
  },
  {
    id: 'placement',
    fields: [
      { key: 'nodeSelector', kind: 'pairs' },
      { key: 'tolerations', kind: 'taints' },
      { key: 'spreadOver', kind: 'text' },
      { key: 'priorityClass', kind: 'text' },
      { key: 'queue', kind: 'text' },
      { key: 'cpu', kind: 'text' },
      { key: 'memory', kind: 'text' },
      { key: 'sharedMemory', kind: 'text' },
    ],
  },
  {
    id: 'access',
    fields: [
      {
        key: 'hfTokenSecret',
        kind: 'text',
      },
      { key: 'imagePullSecret', kind: 'text' },
      { key: 'storage.claim', kind: 'text' },
      { key: 'storage.mountPath', kind: 'text' },
      { key: 'storage.path', kind: 'text' },
      { key: 'env', kind: 'pairs' },
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
