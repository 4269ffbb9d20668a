/** A row of list_models. */
export interface ModelRow {
  id: string
  name: string
  description: string
  task: string
  /** Of a model of the hub it may not be known before it is looked at */
  paramsB?: number
  contextLength?: number
  engines: string
  license?: string
  gated: boolean
  weightsGb?: number
  /** All GPUs together, about */
  memoryGb?: number
  minGpuMemoryGb?: number
  curated?: boolean
  source?: 'catalogue' | 'hub'
}

export const engineWords: Record<string, string> = { vllm: 'vLLM', sglang: 'SGLang', trtllm: 'TensorRT-LLM' }
export const engineWord = (engine: string): string => engineWords[engine] ?? engine
export const enginesOf = ({ engines }: Pick<ModelRow, 'engines'>): string[] => engines.split(/[,\s]+/).filter(Boolean)

/** Steps of size as people choose by: what a small card takes, one large card, one machine, several machines. */
export const sizes = [
  { id: 'small', least: 0, most: 4 },
  { id: 'medium', least: 4, most: 15 },
  { id: 'large', least: 15, most: 80 },
  { id: 'huge', least: 80, most: Number.POSITIVE_INFINITY },
] as const

export const filterKeys = ['text', 'engine', 'task', 'license', 'gated', 'size'] as const
export type ModelFilter = Record<(typeof filterKeys)[number], string>

/** What the address of the page says (MOD-011): a filtered list can be kept and sent. */
export const filterOf = (search: Pick<URLSearchParams, 'get'>): ModelFilter =>
  Object.fromEntries(filterKeys.map((key) => [key, search.get(key) ?? ''])) as ModelFilter

/** Licences go by their first words: `Apache-2.0 (verify card)` is Apache-2.0 with a remark. */
export const licenseOf = ({ license }: Pick<ModelRow, 'license'>): string =>
  (license ?? '').replace(/\s*\(.*$/, '').trim()

export function matching(rows: readonly ModelRow[], filter: ModelFilter): ModelRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  const size = sizes.find(({ id }) => id === filter.size)
  return rows.filter((row) => {
    const text = `${row.id} ${row.name} ${row.description}`.toLowerCase()
    return (
      (!filter.engine || enginesOf(row).includes(filter.engine)) &&
      (!filter.task || row.task === filter.task) &&
      (!filter.license || licenseOf(row) === filter.license) &&
      (!filter.gated || row.gated === (filter.gated === 'yes')) &&
      (!size || (row.paramsB !== undefined && row.paramsB > size.least && row.paramsB <= size.most)) &&
      words.every((word) => text.includes(word))
    )
  })
}

/** `Qwen/Qwen3-8B`: one that the catalogue need not know. */
export const isHuggingFaceId = (text: string): boolean => /^[\w.-]{1,96}\/[\w.-]{1,96}$/.test(text.trim())

export const modelPath = (id: string): string => `/models/${id.split('/').map(encodeURIComponent).join('/')}`

/** The form with what is known filled in. */
export function deployPath(choice: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(choice)) if (value !== undefined && value !== '') query.set(key, `${value}`)
  return `/deployments/new${query.size > 0 ? `?${query}` : ''}`
}

export const paramsWords = (paramsB: number | undefined): string =>
  paramsB === undefined ? '–' : paramsB >= 1000 ? `${+(paramsB / 1000).toFixed(2)} T` : `${paramsB} B`

/** Tokens as model cards write them: 4k, 40k, 128k, 1M. */
export function contextWords(tokens: number | undefined): string {
  if (tokens === undefined) return '–'
  if (tokens < 1024) return String(tokens)
  if (tokens >= 1_000_000) return `${+(tokens / (tokens % 1024 === 0 ? 1024 ** 2 : 1e6)).toFixed(1)}M`
  return tokens % 1024 === 0 ? `${tokens / 1024}k` : `${Math.round(tokens / 1000)}k`
}
