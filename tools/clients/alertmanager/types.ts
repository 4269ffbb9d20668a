export interface Alert {
  fingerprint: string
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  /** Absent where no end is known; of a firing alert it is only when Alertmanager would give it up */
  endsAt?: string
  updatedAt?: string
  generatorUrl?: string
  state: 'unprocessed' | 'active' | 'suppressed'
  silencedBy: string[]
  inhibitedBy: string[]
  /** Names of mute time intervals (from 0.28) */
  mutedBy: string[]
  receivers: string[]
}

export interface AlertGroup {
  labels: Record<string, string>
  receiver: string
  alerts: Alert[]
}

export interface Matcher {
  name: string
  value: string
  isRegex: boolean
  /** false: must not match. Alertmanager before 0.22 does not say it; then it is true. */
  isEqual: boolean
}

export interface NewSilence {
  /** Of the silence this one changes; Alertmanager gives it a new id when its matchers change */
  id?: string
  matchers: Matcher[]
  startsAt: string
  endsAt: string
  createdBy: string
  comment: string
  /** Kept from 0.34 on, ignored before */
  annotations?: Record<string, string>
}

export interface Silence extends NewSilence {
  id: string
  state: 'active' | 'pending' | 'expired'
  updatedAt: string
}

export interface AlertmanagerStatus {
  version: string
  startedAt: string
  /** ready, settling or disabled (a lone one) */
  clusterState: string
  peers: number
}

/** Alertmanager API v2 (0.25 to 0.34). A filter is a matcher: `severity="critical"`. */
export interface Alertmanager {
  readonly cluster: string
  alerts(q?: {
    filter?: string[]
    active?: boolean
    silenced?: boolean
    inhibited?: boolean
    receiver?: string
    signal?: AbortSignal
  }): Promise<Alert[]>
  /** As its route groups them for notification */
  groups(q?: { filter?: string[]; signal?: AbortSignal }): Promise<AlertGroup[]>
  silences(q?: { filter?: string[]; signal?: AbortSignal }): Promise<Silence[]>
  /** @throws not-found */
  silence(id: string, signal?: AbortSignal): Promise<Silence>
  /** Answers its id. @throws invalid-input with the words of the server, not-found for an id that it does not know */
  putSilence(silence: NewSilence, signal?: AbortSignal): Promise<string>
  /** Ends it now; it stays listed as expired. @throws not-found */
  expireSilence(id: string, signal?: AbortSignal): Promise<void>
  receivers(signal?: AbortSignal): Promise<string[]>
  status(signal?: AbortSignal): Promise<AlertmanagerStatus>
  ready(signal?: AbortSignal): Promise<boolean>
}
