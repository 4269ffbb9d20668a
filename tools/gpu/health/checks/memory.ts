import type { Gpu } from '../../gpu.ts'
import { type GpuCheck, perGpu } from '../facts.ts'
import { type Device, devicesOf, has, hitOf } from '../faults.ts'

/** Thresholds of Azure's node health checks for a board that is worn. */
const mostCorrected = 20_000_000
const mostUncorrected = 10_000
/** NVIDIA's table holds 64 retired pages; at 60 it counts as full. */
const mostRetired = 60

/** The chain of memory faults, from noticed to fatal. Of one GPU only its worst link is a finding; the others are its evidence. */
const chain = [92, 63, 94, 64, 48, 140, 95]
const details = [171, 172, 168]

const chainLook =
  (...wanted: number[]): GpuCheck['look'] =>
  (facts) =>
    devicesOf(facts).flatMap((device: Device) => {
      const worst = chain.findLast((code) => has(device, code).length > 0)
      if (worst === undefined || !wanted.includes(worst)) return []
      const links = [worst, ...chain.filter((code) => code !== worst), ...details].flatMap((code) => has(device, code))
      return [hitOf(device, links, { code: worst })]
    })

const reads = 'kernel log, DCGM XID'

/** Memory of GPUs: XIDs of the chain 92, 63, 94, 64, 48, 140, 95, remapped rows, ECC counters, retired pages. */
export const memoryChecks: readonly GpuCheck[] = [
  {
    id: 'memory-uncontained',
    severity: 'critical',
    title: 'XID 95, uncontained memory error',
    cause:
      'A memory error reached programs that have nothing to do with it: every result of this GPU since then is in doubt.',
    remedy: 'Stop all work on the GPU, drain the node, reset the GPU; if XID 64 is there too, replace it.',
    falsifier: 'The GPU was reset after the last of these lines and rows were remapped.',
    reads,
    look: chainLook(95),
  },
  {
    id: 'memory-uncorrectable',
    severity: 'critical',
    title: 'XID {code}, memory error that could not be corrected',
    cause: 'A double-bit error (48) or an unrecovered ECC error (140): the row is remapped at the next reset.',
    remedy: 'Drain the node and reset the GPU, then run the memory diagnostics (dcgmi diag -r 3).',
    falsifier: 'The volatile uncorrected counter is 0 and no row is pending.',
    reads,
    look: chainLook(48, 140),
  },
  {
    id: 'row-remap-failed',
    severity: 'critical',
    title: 'A bad memory row could not be remapped',
    cause: 'No spare rows are left in that bank: the next error there is fatal.',
    remedy: 'Cordon the node, run the field diagnostics and have the GPU replaced.',
    falsifier: 'nvidia-smi -q says Remapping Failure Occurred: No.',
    reads: `${reads}, DCGM and nvidia-smi remapped rows`,
    look: (facts) => [
      ...chainLook(64)(facts).map(({ values: _, ...hit }) => hit),
      ...perGpu((gpu) =>
        (gpu.remapFailed ?? 0) > 0 ? { text: 'row remapping failed', figure: 'remapFailed' } : undefined,
      )(facts),
    ],
  },
  {
    id: 'memory-contained',
    severity: 'warning',
    title: 'XID 94, contained memory error',
    cause: 'A memory error was kept to the program that met it; the row is remapped at the next reset.',
    remedy: 'Restart that program; reset the GPU when it is idle, so that the row is remapped.',
    falsifier: 'The GPU was reset since, and no row is pending.',
    reads,
    look: chainLook(94),
  },
  {
    id: 'row-remapped',
    severity: 'info',
    title: 'XID 63, a bad memory row was remapped',
    cause: 'The spare row does its work: one is normal in the life of a board.',
    remedy: 'Nothing, unless the count grows.',
    falsifier: 'More than one in a week on the same GPU.',
    reads,
    look: chainLook(63),
  },
  {
    id: 'memory-corrected-often',
    severity: 'warning',
    title: 'XID 92, many corrected memory errors',
    cause: 'Single-bit errors come so often that the driver says so; uncorrectable ones often follow.',
    remedy: 'Watch it, and plan to test the memory of the GPU.',
    falsifier: 'The corrected counter stands still.',
    reads,
    look: chainLook(92),
  },
  {
    id: 'row-remap-pending',
    severity: 'warning',
    title: 'A row waits to be remapped',
    cause: 'The driver found a bad row and replaces it only at a reset of the GPU.',
    remedy: 'Reset the GPU when it is idle.',
    falsifier: 'nvidia-smi -q says Pending: No.',
    reads: 'DCGM and nvidia-smi remapped rows',
    look: perGpu((gpu) =>
      (gpu.remapPending ?? 0) > 0 && !(gpu.remapFailed ?? 0)
        ? { text: 'row remapping pending', figure: 'remapPending' }
        : undefined,
    ),
  },
  {
    id: 'ecc-uncorrected',
    severity: 'warning',
    title: 'Uncorrected memory errors since the driver was loaded',
    cause: 'Data was lost at least once since the driver was loaded.',
    remedy: 'Reset the GPU when it is idle; run dcgmi diag -r 3 if the count grows afterwards.',
    falsifier: 'The volatile counter is 0 after a reset and stays there.',
    reads: 'DCGM and nvidia-smi ECC counters (off by default in DCGM)',
    look: perGpu((gpu, facts) =>
      (gpu.eccUncorrectedVolatile ?? 0) > 0 && !hasMemoryXid(gpu, facts)
        ? {
            text: `${gpu.eccUncorrectedVolatile} uncorrected since the driver was loaded`,
            figure: 'eccUncorrectedVolatile',
          }
        : undefined,
    ),
  },
  {
    id: 'ecc-worn',
    severity: 'warning',
    title: 'Lifetime memory errors above what a sound board has',
    cause: `More than ${mostUncorrected} uncorrected or ${mostCorrected} corrected errors in the life of the board.`,
    remedy: 'Have the board replaced at the next occasion.',
    falsifier: 'The vendor keeps another limit for this board.',
    reads: 'DCGM and nvidia-smi ECC counters',
    look: perGpu((gpu) => {
      const corrected = gpu.eccCorrectedAggregate ?? 0
      const uncorrected = gpu.eccUncorrectedAggregate ?? 0
      return corrected >= mostCorrected || uncorrected >= mostUncorrected
        ? { text: `${corrected} corrected, ${uncorrected} uncorrected in its life`, figure: 'eccUncorrectedAggregate' }
        : undefined
    }),
  },
  {
    id: 'ecc-off',
    severity: 'warning',
    title: 'ECC is off',
    cause: 'Memory errors go unnoticed; other GPUs of the same model have ECC on.',
    remedy: 'nvidia-smi -e 1 and a reset, when the node is idle.',
    falsifier: 'It was turned off on purpose for this node.',
    reads: 'nvidia-smi, DCGM ECC mode',
    look: perGpu((gpu, { gpus }) =>
      gpu.eccModeOn === 0 && gpus.some((other) => other.model === gpu.model && other.eccModeOn === 1)
        ? { text: 'ECC mode off', figure: 'eccModeOn' }
        : undefined,
    ),
  },
  {
    id: 'retired-pages-pending',
    severity: 'warning',
    title: 'A memory page waits to be retired',
    cause: 'A bad page stays in use until the GPU is reset (boards before Ampere).',
    remedy: 'Reset the GPU when it is idle.',
    falsifier: 'nvidia-smi -q says Pending: No.',
    reads: 'DCGM and nvidia-smi retired pages',
    look: perGpu((gpu) =>
      (gpu.retiredPending ?? 0) > 0 ? { text: 'page retirement pending', figure: 'retiredPending' } : undefined,
    ),
  },
  {
    id: 'retired-pages-full',
    severity: 'critical',
    title: 'The table of retired memory pages is nearly full',
    cause: `${mostRetired} or more pages are retired; the table holds 64.`,
    remedy: 'Have the board replaced.',
    falsifier: 'nvidia-smi -q -d PAGE_RETIREMENT counts fewer.',
    reads: 'DCGM and nvidia-smi retired pages',
    look: perGpu((gpu) => {
      const pages = (gpu.retiredSingleBit ?? 0) + (gpu.retiredDoubleBit ?? 0)
      return pages >= mostRetired ? { text: `${pages} retired pages`, figure: 'retiredDoubleBit' } : undefined
    }),
  },
  {
    id: 'reduced-memory',
    severity: 'warning',
    title: 'XID 168, reduced memory capacity',
    cause: 'The driver found errors in its protected region and took memory away.',
    remedy: 'Compare the memory of this GPU with its peers; contact the vendor.',
    falsifier: 'The GPU shows the same total memory as its peers.',
    reads: 'kernel log',
    look: (facts) =>
      devicesOf(facts).flatMap((device) => (has(device, 168).length > 0 ? [hitOf(device, has(device, 168))] : [])),
  },
  {
    id: 'memory-detail-alone',
    severity: 'warning',
    title: 'XID {code} without its XID 48',
    cause:
      '171 (DRAM) and 172 (SRAM) say where an uncorrectable error was; the XID they belong to is not in the time looked at.',
    remedy: 'Treat it as an uncorrectable memory error: drain the node and reset the GPU.',
    falsifier: 'The kernel log has XID 48 of the same GPU: follow that one.',
    reads: 'kernel log',
    look: (facts) =>
      devicesOf(facts).flatMap((device) => {
        const own = has(device, 171, 172)
        const isChain = chain.some((code) => has(device, code).length > 0)
        return own.length > 0 && !isChain ? [hitOf(device, own, { code: own[0]!.code })] : []
      }),
  },
  {
    id: 'zombie-memory',
    severity: 'warning',
    title: 'Memory is held and nobody holds the GPU',
    cause:
      'No pod has this GPU and nvidia-smi lists no process on it, yet memory is in use: a process that is half dead, or one of another container runtime.',
    remedy: 'Look for the holder of /dev/nvidia* on the node (fuser), end it, or reset the GPU.',
    falsifier: 'A process outside Kubernetes uses the GPU on purpose, or the memory is free a minute later.',
    reads: 'DCGM and nvidia-smi memory, pods, processes',
    look: perGpu((gpu, facts) => {
      const { memoryUsedMib = 0, utilizationPercent = 0 } = gpu
      const answer = facts.smi.find(({ cluster, node }) => cluster === gpu.cluster && node === gpu.node)?.answer
      const isKnown = facts.nodes.some(({ cluster, node }) => cluster === gpu.cluster && node === gpu.node)
      const claimed = facts.pods.some(({ cluster, node }) => cluster === gpu.cluster && node === gpu.node)
      // With pods on the node that no source ties to a GPU, nobody can tell which GPU is nobody's.
      const untied = claimed && !facts.gpus.some((other) => other.node === gpu.node && other.pod)
      if (!isKnown || gpu.pod || gpu.mig || untied || memoryUsedMib < 2048 || utilizationPercent >= 5) return undefined
      const processes = answer?.report?.processes.filter(({ uuid }) => uuid === gpu.uuid)
      if (processes && processes.length > 0) return undefined
      return { text: `${memoryUsedMib} MiB in use, no pod${processes ? ', no process' : ''}`, figure: 'memoryUsedMib' }
    }),
  },
]

function hasMemoryXid(gpu: Gpu, facts: Parameters<GpuCheck['look']>[0]): boolean {
  return devicesOf(facts).some((device) => device.gpu === gpu && chain.some((code) => has(device, code).length > 0))
}
