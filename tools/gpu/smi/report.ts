import type { Figures } from '../figures.ts'

/** One GPU as nvidia-smi tells it. */
export interface SmiGpu {
  index: number
  uuid: string
  model: string
  device?: string
  driver?: string
  figures: Figures
  migOn?: boolean
  /** MIG instances as the XML lists them */
  migs: { id: string; profile?: string; memoryUsedMib?: number; memoryTotalMib?: number }[]
  /** Fields that the driver could not read: `[Unknown Error]`, `[GPU requires reset]`, `ERR!` */
  broken: { field: string; said: string }[]
}

export interface SmiProcess {
  pid: number
  name: string
  uuid: string
  gpuIndex: number
  type: 'compute' | 'graphics' | 'mixed'
  memoryUsedMib?: number
  migId?: string
}

export interface SmiReport {
  driver?: string
  cuda?: string
  gpus: SmiGpu[]
  processes: SmiProcess[]
  /** Rows that were too short to be read (GPU-008) */
  skipped: number
  /** What is said about the report as a whole: an older driver, a report that broke off */
  notes: string[]
}

/** A cell: a number, nothing (the device has none), or words that say the driver could not read it. */
export type Cell = { value: number } | { none: true } | { broken: string }

const noValue = /^(\[?N\/A\]?|\[?Not Supported\]?|\[?Not Available\]?|None|-|)$/i
const brokenValue =
  /^\[?(Unknown Error|GPU requires reset|GPU is lost|Insufficient Permissions|ERR!|Function Not Found)\]?$/i
const flags: Record<string, number> = { enabled: 1, disabled: 0, yes: 1, no: 0, active: 1, 'not active': 0 }

/** `81559`, `81559 MiB`, `0x40`, `16x`, `81.559,25` (a comma of another locale), `Enabled`, `[N/A]`. Anything else is broken. */
export function readCell(text: string | undefined): Cell {
  const said = (text ?? '').trim()
  if (noValue.test(said)) return { none: true }
  if (brokenValue.test(said)) return { broken: said.replace(/^\[|\]$/g, '') }
  const flag = flags[said.toLowerCase()]
  if (flag !== undefined) return { value: flag }
  if (/^0x[0-9a-f]+$/i.test(said)) return { value: Number.parseInt(said, 16) }
  const match = /^(-?\d+(?:[.,]\d+)?)\s*(?:x|MiB|W|C|%|MHz)?$/.exec(said)
  return match ? { value: Number(match[1]!.replace(',', '.')) } : { broken: said.slice(0, 60) }
}
