/** An OpenAI-compatible endpoint: which models it serves and whether it answers. The agent loop has its own client. */
export interface ModelEndpoint {
  readonly baseUrl: string
  models(signal?: AbortSignal): Promise<{ id: string; maxModelLen?: number }[]>
  healthy(signal?: AbortSignal): Promise<boolean>
}
