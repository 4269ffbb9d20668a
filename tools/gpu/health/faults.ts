import { shortTime } from '../../text.ts'
import type { Fault } from '../fold.ts'
import type { Gpu } from '../gpu.ts'
import { sameDevice } from '../join.ts'
import type { Evidence, HealthFacts, Hit } from './facts.ts'

/** Faults of one GPU (or NVSwitch), which are judged together: one XID explains another. */
export interface Device {
  cluster: string
  node: string
  device: string
  gpu?: Gpu
  faults: Fault[]
}

export function devicesOf({ faults, gpus }: HealthFacts): Device[] {
  return [...Map.groupBy(faults, (fault) => `${fault.cluster}|${fault.node}|${fault.device}`).values()].map((own) => {
    const { cluster, node, device } = own[0]!
    const gpu = gpus.find((one) => one.cluster === cluster && one.node === node && !one.mig && sameDevice(one, device))
    return { cluster, node, device, faults: own, ...(gpu && { gpu }) }
  })
}

export const has = (device: Device, ...codes: number[]): Fault[] =>
  device.faults.filter((fault) => fault.kind === 'xid' && codes.includes(fault.code))

const times = ({ count }: Fault) => (count > 1 ? `, ${count} times` : '')

export const faultEvidence = (fault: Fault): Evidence => ({
  source: `${fault.text.startsWith('DCGM') ? 'dcgm' : 'kernel log'}, ${fault.cluster}/${fault.node} ${fault.device}`,
  text: `${fault.kind === 'xid' ? 'Xid' : 'SXid'} ${fault.code}${times(fault)}${fault.count > 1 ? ` since ${shortTime(fault.firstAt)}` : ''}${fault.text ? `: ${fault.text}` : ''}`,
  at: fault.lastAt,
})

export const hitOf = (device: Device, faults: readonly Fault[], values?: Hit['values']): Hit => ({
  cluster: device.cluster,
  node: device.node,
  ...(device.gpu && { gpu: device.gpu.index }),
  evidence: faults.map(faultEvidence),
  ...(values && { values }),
})

/** XIDs that only a moved gauge tells: no kernel line says more of them. */
export function gaugeFaults(gpus: readonly Gpu[], lines: readonly Fault[], now: Date): Fault[] {
  const at = now.toISOString()
  return gpus.flatMap((gpu): Fault[] => {
    const { cluster, node, device = `GPU ${gpu.index}` } = gpu
    const counts: Record<string, number> = {
      ...gpu.xidCounts,
      ...(gpu.xidIsNew && gpu.xid !== undefined && { [gpu.xid]: gpu.xidCounts?.[gpu.xid] ?? 1 }),
    }
    return Object.entries(counts).flatMap(([text, count]) => {
      const code = Number(text)
      const told = lines.some(
        (line) => line.cluster === cluster && line.node === node && line.code === code && sameDevice(gpu, line.device),
      )
      if (told || !Number.isInteger(code)) return []
      const same = { kind: 'xid' as const, firstAt: at, lastAt: at, pids: [], places: {}, pidsByPlace: {} }
      return [{ ...same, cluster, node, code, device, count, text: 'DCGM saw it in the time looked at' }]
    })
  })
}
