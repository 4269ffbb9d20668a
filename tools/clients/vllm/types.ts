/** An OpenAI-compatible endpoint: which models it serves and whether it answers. The agent loop has its own client. */
export interface ModelEndpoint {
  readonly baseUrl: string
  models(signal?: AbortSignal): Promise<{ id: string; maxModelLen?: number }[]>
  healthy(signal?: AbortSignal): Promise<boolean>
  /** The same endpoint for whoever measures it. Close it afterwards. */
  measured(): ServedModel
}

export interface Question {
  /** As the endpoint lists it */
  model: string
  prompt: string
  maxTokens: number
  /** Base models have no chat template: `text` asks /completions. Default chat */
  api?: 'chat' | 'text'
  /** For all of it, default 30 s */
  timeoutMs?: number
  signal?: AbortSignal
}

export interface Completion {
  text: string
  /** As the endpoint counted; undefined where it does not say */
  promptTokens?: number
  completionTokens?: number
  cachedTokens?: number
  finishReason?: string
}

/** Milliseconds of the clock that was given. */
export interface Streamed extends Completion {
  sentMs: number
  /** When each chunk with text (or reasoning) came */
  chunkMs: number[]
  endedMs: number
}

/** What a served endpoint must be able to do. Failures are ToolErrors that name the endpoint and a next step; nothing is tried twice. */
export interface ServedModel {
  models(options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<{ id: string; maxModelLen?: number }[]>
  complete(question: Question): Promise<Completion>
  /** Each chunk with the time it came; `firstTokenMs` bounds the wait for the first, `onChunk` hears of each */
  stream(question: Question & { firstTokenMs?: number; onChunk?: () => void }): Promise<Streamed>
  close(): void
}
