export interface Alert {
  fingerprint: string
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt?: string
  updatedAt?: string
  generatorUrl?: string
  state: 'unprocessed' | 'active' | 'suppressed'
  silencedBy: string[]
  inhibitedBy: string[]
}

/** Alertmanager API v2. */
export interface Alertmanager {
  readonly cluster: string
  alerts(q?: {
    filter?: string[]
    active?: boolean
    silenced?: boolean
    inhibited?: boolean
    signal?: AbortSignal
  }): Promise<Alert[]>
  ready(signal?: AbortSignal): Promise<boolean>
}
