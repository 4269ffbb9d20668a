/** A marketplace book: providers, offers, compute jobs, escrows and transactions, in plain JSON. Amounts are whole QU. */
export interface Book {
  providers: Provider[]
  offers: Offer[]
  jobs: ComputeJob[]
  escrows: Escrow[]
  transactions: MarketTransaction[]
}

export interface Money {
  amount: number
  currency: 'qu'
}

export interface Provider {
  id: string
  workerId: string
  name: string
  /** The bearer token that this provider's worker reports with. */
  workerToken: string
  qubicAddress: string
  type: 'native' | 'browser'
  gpuModel: string
  gpuVramMb: number
  cpuModel: string
  cpuCores: number
  ramTotalMb: number
  location: string
  pricePerHour: Money
  isOnline: boolean
  isAvailable: boolean
  currentJobId?: string
  totalJobs: number
  registeredAt: string
  lastHeartbeatAt: string
}

export interface Offer {
  id: string
  providerId: string
  gpuModel: string
  gpuVramMb: number
  pricePerHour: Money
  location: string
  isAvailable: boolean
}

export type ComputeJobStatus = 'pending' | 'assigned' | 'running' | 'completed' | 'failed' | 'cancelled'

export interface ComputeJob {
  id: string
  number: number
  consumerAddress: string
  providerId?: string
  modelType: string
  status: ComputeJobStatus
  /** 0 to 100. */
  progress: number
  estimatedCost: number
  actualCost?: number
  attempts: number
  createdAt: string
  startedAt?: string
  completedAt?: string
}

export type EscrowState = 'pending' | 'locked' | 'released' | 'refunded' | 'disputed'

export interface Escrow {
  id: string
  jobId: string
  state: EscrowState
  amount: number
  consumerAddress: string
  providerAddress: string
  /** The custodial wallet of this deal. */
  escrowAddress: string
  lockedAt?: string
  settledAt?: string
  deadlineAt: string
  releasedAmount?: number
  refundedAmount?: number
}

export interface MarketTransaction {
  id: string
  jobId: string
  type: 'payment' | 'earning' | 'refund' | 'escrow-lock' | 'escrow-release'
  amount: number
  from: string
  to: string
  status: 'pending' | 'completed' | 'failed'
  /** 60 lowercase letters, as Qubic names transactions. */
  chainHash?: string
  tick?: number
  confirmations: number
  createdAt: string
  completedAt?: string
}
