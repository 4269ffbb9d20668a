export interface QubicTransaction {
  hash: string
  source: string
  destination: string
  /** QU; a string on the wire, bigint here */
  amount: bigint
  tick: number
  timestampMs?: number
  /** false: executed without moving money */
  moneyFlew: boolean
}

/** Qubic RPC 2.0. */
export interface Qubic {
  tickInfo(signal?: AbortSignal): Promise<{ tick: number; epoch: number }>
  lastProcessedTick(signal?: AbortSignal): Promise<number>
  balance(identity: string, signal?: AbortSignal): Promise<{ balance: bigint; validForTick: number }>
  /** undefined: not found, that is never included or not yet processed */
  transaction(hash: string, signal?: AbortSignal): Promise<QubicTransaction | undefined>
}

export interface QubicFormat {
  /** 60 capital letters whose last four are the right checksum (PAY-003) */
  isIdentity(text: string): boolean
}
