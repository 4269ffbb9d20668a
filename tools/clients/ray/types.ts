export interface RayNode {
  nodeId: string
  ip: string
  name: string
  state: 'ALIVE' | 'DEAD'
  isHead: boolean
  resourcesTotal: Record<string, number>
  labels: Record<string, string>
  gpus: {
    index: number
    name: string
    uuid: string
    utilizationPercent?: number
    memoryUsedMib?: number
    memoryTotalMib?: number
  }[]
  cpuPercent?: number
  memoryBytes?: { total: number; used: number }
}

export interface RayJob {
  /** submission id, else driver job id */
  id: string
  status: 'PENDING' | 'RUNNING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED'
  type: 'SUBMISSION' | 'DRIVER'
  entrypoint: string
  message?: string
  startTimeMs?: number
  endTimeMs?: number
}

/** The dashboard, jobs and state API of one Ray head. `result: false` inside a 200 is an error. */
export interface RayDashboard {
  readonly name: string
  version(signal?: AbortSignal): Promise<{ rayVersion: string; sessionName?: string }>
  nodes(signal?: AbortSignal): Promise<RayNode[]>
  jobs(signal?: AbortSignal): Promise<RayJob[]>
  jobLogs(id: string, signal?: AbortSignal): Promise<string>
}
