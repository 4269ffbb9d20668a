import type { Figure, Figures, Source } from './figures.ts'

/** One GPU, or one MIG instance, with everything the sources tell of it. */
export interface Gpu extends Figures {
  cluster: string
  node: string
  index: number
  uuid?: string
  /** PCI address */
  device?: string
  model: string
  /** MIG profile, for an instance */
  mig?: string
  migId?: string
  /** The last XID since the driver was loaded: it stays after the fault is gone */
  xid?: number
  /** The XID gauge moved in the last hour */
  xidIsNew?: boolean
  /** XIDs that DCGM counted in its own window, where that counter is on */
  xidCounts?: Record<string, number>
  driver?: string
  /** `namespace/name` of the pod that holds it, and of all of them where it is shared */
  pod?: string
  pods?: string[]
  /** Where each figure comes from, where more than one source was asked */
  sources?: Partial<Record<Figure, Source>>
  /** Figures that two sources tell differently; the row has the first */
  disagreements?: { figure: Figure; dcgm: number; smi: number }[]
  /** Fields that the driver could not read */
  broken?: { field: string; said: string }[]
}
