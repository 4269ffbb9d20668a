import { type FaultLine, faultIn } from './kernel-lines.ts'

/** Equal lines of one device as one: what was said, how often, since when. */
export interface Fault {
  cluster: string
  node: string
  kind: FaultLine['kind']
  code: number
  device: string
  /** The first such line, as the driver wrote it */
  text: string
  fatal?: boolean
  count: number
  firstAt: string
  lastAt: string
  /** Programs it hit, the first sixteen by pid */
  pids: number[]
  /** How often each part of the chip was named, the first sixteen */
  places: Record<string, number>
  /** Programs by part of the chip: the same part under different programs is the chip's fault */
  pidsByPlace: Record<string, number[]>
}

export interface RawLine {
  cluster: string
  node: string
  /** ISO 8601 */
  at: string
  line: string
}

const keepOfEach = 16
const mostFaults = 2000

/** Codes whose text decides what to do: their different texts are different faults. */
const textMatters = (line: FaultLine) =>
  line.kind === 'sxid' || line.code === 154 || (line.code >= 144 && line.code <= 150)
/** Numbers, addresses and links differ from line to line of the same fault. */
const shapeOf = (text: string) => text.replace(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, '#').slice(0, 120)

function addTo(list: number[], value: number | undefined): void {
  if (value !== undefined && list.length < keepOfEach && !list.includes(value)) list.push(value)
}

/**
 * Many lines, few faults. Add lines in any number, one by one: memory grows with the different faults only, and not beyond 2,000 of
 * them (`dropped` counts lines of more).
 */
export function createFold() {
  const faults = new Map<string, Fault>()
  let lines = 0
  let dropped = 0

  function add({ cluster, node, at, line }: RawLine): void {
    const found = faultIn(line)
    if (!found) return
    lines++
    const detail = textMatters(found) ? shapeOf(found.text) : ''
    const key = `${cluster}|${node}|${found.device}|${found.kind}|${found.code}|${found.fatal ?? ''}|${detail}`
    let fault = faults.get(key)
    if (!fault) {
      if (faults.size >= mostFaults) {
        dropped++
        return
      }
      const { kind, code, device, text, fatal } = found
      const same = { cluster, node, kind, code, device, text, ...(fatal !== undefined && { fatal }) }
      fault = { ...same, count: 0, firstAt: at, lastAt: at, pids: [], places: {}, pidsByPlace: {} }
      faults.set(key, fault)
    }
    fault.count++
    if (at < fault.firstAt) fault.firstAt = at
    if (at > fault.lastAt) fault.lastAt = at
    addTo(fault.pids, found.pid)
    const { place } = found
    if (place === undefined) return
    if (fault.places[place] === undefined && Object.keys(fault.places).length >= keepOfEach) return
    fault.places[place] = (fault.places[place] ?? 0) + 1
    fault.pidsByPlace[place] ??= []
    addTo(fault.pidsByPlace[place], found.pid)
  }

  return {
    add,
    result: () => ({ faults: [...faults.values()], lines, dropped }),
  }
}
