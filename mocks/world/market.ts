import type {
  Book,
  ComputeJob,
  ComputeJobStatus,
  Escrow,
  EscrowState,
  MarketTransaction,
  Provider,
} from './market-types.ts'
import { hashOf, identityOf, tickAt } from './qubic-chain.ts'
import { hexOf, integerOf, pickOf, uuidOf } from './random.ts'

const HOUR_MS = 3_600_000
const DEADLINE_MS = 10 * 60_000

/** name, GPU, VRAM MiB, CPU, cores, RAM MiB, place, QU per hour, type */
const PROVIDERS: [string, string, number, string, number, number, string, number, Provider['type']][] = [
  ['atlas-rig', 'NVIDIA GeForce RTX 4090', 24564, 'AMD Ryzen 9 7950X', 32, 131072, 'DE', 410_000, 'native'],
  ['borealis', 'NVIDIA GeForce RTX 5090', 32607, 'AMD Ryzen 9 9950X', 32, 131072, 'NO', 640_000, 'native'],
  ['cascade', 'NVIDIA RTX 6000 Ada Generation', 49140, 'AMD Threadripper 7970X', 64, 262144, 'US', 820_000, 'native'],
  ['delta-lab', 'NVIDIA A100-SXM4-80GB', 81920, 'AMD EPYC 7763', 128, 1048576, 'NL', 1_750_000, 'native'],
  ['ember', 'NVIDIA GeForce RTX 4090', 24564, 'Intel Core i9-14900K', 32, 65536, 'PL', 390_000, 'native'],
  ['fjord-compute', 'NVIDIA L40S', 46068, 'AMD EPYC 9354', 64, 524288, 'FI', 980_000, 'native'],
  ['garnet', 'NVIDIA GeForce RTX 3090', 24576, 'AMD Ryzen 7 5800X', 16, 65536, 'PT', 210_000, 'native'],
  ['halcyon', 'NVIDIA H100 80GB HBM3', 81559, 'Intel Xeon Platinum 8480+', 112, 1048576, 'SE', 2_900_000, 'native'],
  ['indigo-browser', 'NVIDIA GeForce RTX 4070', 12282, 'Intel Core i7-13700', 24, 32768, 'FR', 120_000, 'browser'],
  ['juniper', 'NVIDIA GeForce RTX 4080', 16376, 'AMD Ryzen 7 7800X3D', 16, 65536, 'CA', 290_000, 'native'],
  ['kestrel', 'NVIDIA GeForce RTX 4090', 24564, 'AMD Ryzen 9 7900X', 24, 65536, 'CZ', 400_000, 'native'],
  ['lumen-browser', 'Apple M4 Max', 49152, 'Apple M4 Max', 16, 65536, 'UK', 150_000, 'browser'],
]

const MODEL_TYPES = [
  'llama-3.1-8b-finetune',
  'sdxl-batch',
  'whisper-transcribe',
  'qwen3-8b-inference',
  'embedding-batch',
  'render-frames',
] as const

/** number, provider, status, state of the escrow; the others follow from the seed. */
const FIXED: Record<
  number,
  { provider: number; status: ComputeJobStatus; state: EscrowState; amount: number; progress: number }
> = {
  42: { provider: 3, status: 'running', state: 'locked', amount: 3_500_000, progress: 64 },
  43: { provider: 7, status: 'running', state: 'locked', amount: 8_700_000, progress: 21 },
  44: { provider: 1, status: 'assigned', state: 'locked', amount: 960_000, progress: 0 },
  45: { provider: -1, status: 'pending', state: 'pending', amount: 450_000, progress: 0 },
  46: { provider: 5, status: 'failed', state: 'disputed', amount: 1_960_000, progress: 83 },
  47: { provider: -1, status: 'pending', state: 'locked', amount: 780_000, progress: 0 },
  48: { provider: 0, status: 'running', state: 'locked', amount: 820_000, progress: 7 },
}
const JOB_COUNT = 48

/** The book of the marketplace at `bootMs`. Where an escrow is settled, what was locked is what was released and refunded. */
export function createBook({ seed, bootMs }: { seed: string; bootMs: number }): Book {
  const iso = (atMs: number) => new Date(atMs).toISOString()
  const providers = PROVIDERS.map((_row, index) => provider({ seed, bootMs, index }))
  const jobs: ComputeJob[] = []
  const escrows: Escrow[] = []
  const transactions: MarketTransaction[] = []
  for (let number = 1; number <= JOB_COUNT; number++) {
    const deal = planDeal({ seed, bootMs, number, providers })
    jobs.push(deal.job)
    escrows.push(deal.escrow)
    transactions.push(...deal.transactions)
    const active = deal.job.status === 'running' || deal.job.status === 'assigned'
    const worker = providers.find((one) => one.id === deal.job.providerId)
    if (worker && active) Object.assign(worker, { currentJobId: deal.job.id, isAvailable: false })
    if (worker && deal.job.status === 'completed') worker.totalJobs++
  }
  const offers = providers.map((one) => ({
    id: uuidOf(`${seed}/offer/${one.workerId}`),
    providerId: one.id,
    gpuModel: one.gpuModel,
    gpuVramMb: one.gpuVramMb,
    pricePerHour: one.pricePerHour,
    location: one.location,
    isAvailable: one.isAvailable,
  }))
  return {
    providers: providers.map((one) => ({ ...one, lastHeartbeatAt: iso(Date.parse(one.lastHeartbeatAt)) })),
    offers,
    jobs,
    escrows,
    transactions,
  }
}

function provider({ seed, bootMs, index }: { seed: string; bootMs: number; index: number }): Provider {
  const [name, gpuModel, gpuVramMb, cpuModel, cpuCores, ramTotalMb, location, price, type] = PROVIDERS[index]!
  const offline = index === 6
  return {
    id: uuidOf(`${seed}/provider/${name}`),
    workerId: `worker-${name}`,
    name,
    workerToken: `qmw_${hexOf(`${seed}/token/${name}`, 40)}`,
    qubicAddress: identityOf(`${seed}/provider/${name}`),
    type,
    gpuModel,
    gpuVramMb,
    cpuModel,
    cpuCores,
    ramTotalMb,
    location,
    pricePerHour: { amount: price, currency: 'qu' },
    isOnline: !offline,
    isAvailable: !offline,
    totalJobs: 0,
    registeredAt: new Date(bootMs - integerOf(`${seed}/${name}/registered`, 20, 200) * 24 * HOUR_MS).toISOString(),
    lastHeartbeatAt: new Date(
      bootMs - (offline ? 9 * HOUR_MS : integerOf(`${seed}/${name}/beat`, 1, 29) * 1000),
    ).toISOString(),
  }
}

interface DealInput {
  seed: string
  bootMs: number
  number: number
  providers: Provider[]
}

function planDeal({ seed, bootMs, number, providers }: DealInput) {
  const key = `${seed}/job/${number}`
  const fixed = FIXED[number]
  const draw = integerOf(`${key}/fate`, 1, 20)
  const status: ComputeJobStatus = fixed?.status ?? (draw <= 2 ? 'failed' : draw === 3 ? 'cancelled' : 'completed')
  const state: EscrowState = fixed?.state ?? (status === 'completed' ? 'released' : 'refunded')
  const native = providers.filter((one) => one.isOnline)
  const worker = fixed
    ? providers[fixed.provider]
    : status === 'cancelled'
      ? undefined
      : pickOf(`${key}/provider`, native)
  const amount = fixed?.amount ?? integerOf(`${key}/amount`, 12, 480) * 10_000
  const consumer = identityOf(`${seed}/consumer/${integerOf(`${key}/consumer`, 1, 9)}`)
  const createdMs =
    bootMs -
    (fixed
      ? (49 - number) * 11 * 60_000
      : (JOB_COUNT + 2 - number) * 5 * HOUR_MS + integerOf(`${key}/at`, 0, 3600) * 1000)
  const lockedMs = state === 'pending' ? undefined : createdMs + 22_000
  const started = status !== 'pending' && status !== 'assigned' && status !== 'cancelled'
  const startedMs = started ? createdMs + 60_000 : undefined
  const endedMs = ['completed', 'failed', 'cancelled'].includes(status)
    ? createdMs + integerOf(`${key}/duration`, 6, 90) * 60_000
    : undefined
  const settledMs = state === 'released' || state === 'refunded' ? (endedMs ?? createdMs) + 30_000 : undefined
  // What was not used goes back to the consumer.
  const used = state === 'released' ? Math.round((amount * integerOf(`${key}/used`, 70, 100)) / 100) : 0
  const iso = (atMs: number) => new Date(Math.min(atMs, bootMs)).toISOString()
  const job: ComputeJob = {
    id: uuidOf(key),
    number,
    consumerAddress: consumer,
    ...(worker ? { providerId: worker.id } : {}),
    modelType: pickOf(`${key}/model`, MODEL_TYPES),
    status,
    progress:
      fixed?.progress ?? (status === 'completed' ? 100 : status === 'failed' ? integerOf(`${key}/progress`, 5, 95) : 0),
    estimatedCost: amount,
    ...(state === 'released' ? { actualCost: used } : state === 'refunded' ? { actualCost: 0 } : {}),
    attempts: status === 'failed' ? 3 : worker ? 1 : 0,
    createdAt: iso(createdMs),
    ...(startedMs ? { startedAt: iso(startedMs) } : {}),
    ...(endedMs ? { completedAt: iso(endedMs) } : {}),
  }
  const escrow: Escrow = {
    id: uuidOf(`${key}/escrow`),
    jobId: job.id,
    state,
    amount,
    consumerAddress: consumer,
    providerAddress: worker?.qubicAddress ?? '',
    escrowAddress: identityOf(`${key}/wallet`),
    ...(lockedMs ? { lockedAt: iso(lockedMs) } : {}),
    ...(settledMs ? { settledAt: iso(settledMs), releasedAmount: used, refundedAmount: amount - used } : {}),
    deadlineAt: new Date((endedMs ?? createdMs + 4 * HOUR_MS) + DEADLINE_MS).toISOString(),
  }
  return { job, escrow, transactions: payments({ key, bootMs, escrow, createdMs, lockedMs, settledMs, used }) }
}

interface PaymentInput {
  key: string
  bootMs: number
  escrow: Escrow
  createdMs: number
  lockedMs: number | undefined
  settledMs: number | undefined
  used: number
}

function payments({ key, bootMs, escrow, createdMs, lockedMs, settledMs, used }: PaymentInput): MarketTransaction[] {
  const make = (
    type: MarketTransaction['type'],
    move: { amount: number; from: string; to: string; atMs: number; done: boolean },
  ): MarketTransaction => {
    const tick = tickAt(move.atMs, bootMs)
    return {
      id: uuidOf(`${key}/${type}`),
      jobId: escrow.jobId,
      type,
      amount: move.amount,
      from: move.from,
      to: move.to,
      status: move.done ? 'completed' : 'pending',
      ...(move.done ? { chainHash: hashOf(`${key}/${type}`), tick } : {}),
      confirmations: move.done ? Math.max(1, tickAt(bootMs, bootMs) - tick) : 0,
      createdAt: new Date(move.atMs - 20_000).toISOString(),
      ...(move.done ? { completedAt: new Date(move.atMs).toISOString() } : {}),
    }
  }
  const { amount, consumerAddress, providerAddress, escrowAddress } = escrow
  const rows = [
    make('escrow-lock', {
      amount,
      from: consumerAddress,
      to: escrowAddress,
      atMs: lockedMs ?? createdMs + 20_000,
      done: lockedMs !== undefined,
    }),
  ]
  if (settledMs === undefined) return rows
  const atMs = Math.min(settledMs, bootMs - 60_000)
  if (used > 0)
    rows.push(make('escrow-release', { amount: used, from: escrowAddress, to: providerAddress, atMs, done: true }))
  if (amount > used)
    rows.push(
      make('refund', {
        amount: amount - used,
        from: escrowAddress,
        to: consumerAddress,
        atMs: atMs + 3000,
        done: true,
      }),
    )
  return rows
}
