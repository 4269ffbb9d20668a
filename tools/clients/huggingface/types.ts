/** What the hub tells of a repository. */
export interface HubModel {
  id: string
  /** `auto`: who accepts the licence may download; `manual`: the authors decide */
  gated: false | 'auto' | 'manual'
  private: boolean
  /** Of the licence tag: apache-2.0 */
  license?: string
  /** text-generation, fill-mask, image-text-to-text … */
  pipelineTag?: string
  tags: string[]
  /** Of the safetensors files an engine would load, without copies in other formats */
  weightBytes?: number
  /** As its safetensors files declare; quantised ones count packed numbers */
  parameters?: number
  downloads?: number
  /** ISO 8601 */
  lastModified?: string
}

/** Where models are published, by the API of huggingface.co. */
export interface HuggingFace {
  readonly url: string
  /** @throws ToolError not-found, upstream-denied for a private or gated one */
  model(id: string, signal?: AbortSignal): Promise<HubModel>
  /** Its config.json. @throws ToolError upstream-denied for a gated one, not-found where it has none */
  config(id: string, signal?: AbortSignal): Promise<Record<string, unknown>>
  /** Most downloaded first */
  search(words: string, options: { limit: number; signal?: AbortSignal }): Promise<HubModel[]>
}
