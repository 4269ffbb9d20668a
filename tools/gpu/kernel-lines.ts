/** One line of the kernel log that the NVIDIA driver wrote about a fault. */
export interface FaultLine {
  /** xid: of a GPU; sxid: of an NVSwitch */
  kind: 'xid' | 'sxid'
  code: number
  /** PCI address without domain zeros and function: `0000:18:00` */
  device: string
  pid?: number
  process?: string
  /** What the driver says after code, pid and name */
  text: string
  /** Where the text says so: NVLink 5 and NVSwitch faults, and the memory of the GPU */
  fatal?: boolean
  /** `GPC 3, TPC 1`, where the text names the part of the chip */
  place?: string
}

const xidLine = /\bNVRM:\s*Xid\s*\(PCI:([0-9a-fA-F:.]+)\)\s*:\s*(\d{1,3})\s*,?\s*(.*)$/
const sxidLine = /\bSXid\s*\(PCI:([0-9a-fA-F:.]+)\)\s*:\s*(\d{4,6})\s*,?\s*(.*)$/
/** Older drivers leave pid and name out; since 470 they are there, and `'<unknown>'` where the process is gone. */
const owner = /^pid\s*=\s*(?:'?<unknown>'?|(\d+))\s*,\s*(?:name\s*=\s*(?:'?<unknown>'?|([^,]*?))\s*,\s*)?/
const gpcTpc = /\bGPC\s*(\d+)\b[^\n]*?\bTPC\s*(\d+)\b/i
const gpcClient = /\bGPC(\d+)(?:[_ ](GPCCLIENT_\w+))?/

/** `00000000:18:00.0`, `0000:18:00` and `0000:18:00.0` are the same device. */
export const deviceOf = (pci: string): string => {
  const [slot = '', bus = '', domain = '0'] = pci
    .toLowerCase()
    .replace(/\.\d+$/, '')
    .split(':')
    .reverse()
  return `${domain.replace(/^0+(?=[0-9a-f]{4})/, '').padStart(4, '0')}:${bus}:${slot}`
}

function placeOf(text: string): string | undefined {
  // Most lines of a flood have neither word: a search is cheaper than a regex that fails.
  if (!text.includes('GPC')) return undefined
  const exact = gpcTpc.exec(text)
  if (exact) return `GPC ${exact[1]}, TPC ${exact[2]}`
  const client = gpcClient.exec(text)
  return client ? `GPC ${client[1]}${client[2] ? `, ${client[2]}` : ''}` : undefined
}

function fatalOf(text: string): boolean | undefined {
  if (!text.includes('atal')) return undefined
  if (/\bnon[- ]?fatal\b/i.test(text)) return false
  return /\bfatal\b/i.test(text) ? true : undefined
}

/** Reads a line of dmesg, the journal or syslog, whatever stands before; undefined where it is no fault of the driver's. */
export function faultIn(line: string): FaultLine | undefined {
  // A line of the log is bounded elsewhere; a regex over megabytes would not be.
  const text = line.length > 2000 ? line.slice(0, 2000) : line
  if (!text.includes('Xid')) return undefined
  const xid = xidLine.exec(text)
  const match = xid ?? sxidLine.exec(text)
  if (!match) return undefined
  const [, pci = '', code, rest = ''] = match
  const who = owner.exec(rest)
  const said = (who ? rest.slice(who[0].length) : rest).trim()
  const fatal = fatalOf(said)
  const place = placeOf(said)
  return {
    kind: xid ? 'xid' : 'sxid',
    code: Number(code),
    device: deviceOf(pci),
    text: said,
    ...(who?.[1] && { pid: Number(who[1]) }),
    ...(who?.[2] && { process: who[2] }),
    ...(fatal !== undefined && { fatal }),
    ...(place && { place }),
  }
}
