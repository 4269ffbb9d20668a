import { xidCatalogue } from './xid-catalogue.ts'

/** What the catalogue asks for first. `none`: it lists the code without an action. */
export type XidBucket =
  | 'ignore'
  | 'restart-app'
  | 'reset-gpu'
  | 'reboot-node'
  | 'restart-vm'
  | 'contact-support'
  | 'update-software'
  | 'check-mechanicals'
  | 'check-uvm'
  | 'workflow-xid-45'
  | 'workflow-xid-48'
  | 'workflow-nvlink'
  | 'workflow-nvlink5'
  | 'read-recovery-action'
  | 'none'

const buckets: Record<string, XidBucket> = {
  IGNORE: 'ignore',
  RESTART_APP: 'restart-app',
  RESET_GPU: 'reset-gpu',
  RESTART_BM: 'reboot-node',
  RESTART_VM: 'restart-vm',
  CONTACT_SUPPORT: 'contact-support',
  UPDATE_SWFW: 'update-software',
  CHECK_MECHANICALS: 'check-mechanicals',
  CHECK_UVM: 'check-uvm',
  WORKFLOW_XID_45: 'workflow-xid-45',
  WORKFLOW_XID_48: 'workflow-xid-48',
  WORKFLOW_NVLINK_ERR: 'workflow-nvlink',
  WORKFLOW_NVLINK5_ERR: 'workflow-nvlink5',
  XID_154: 'read-recovery-action',
  '': 'none',
}

/** The action in words that end a sentence. */
export const actionWords: Record<XidBucket, string> = {
  ignore: 'watch it',
  'restart-app': 'restart the application',
  'reset-gpu': 'reset the GPU',
  'reboot-node': 'reboot the node',
  'restart-vm': 'restart the virtual machine',
  'contact-support': 'contact the vendor',
  'update-software': 'update driver and firmware',
  'check-mechanicals': 'check cabling and seating',
  'check-uvm': 'look for the XID it came with, and report it if there is none',
  'workflow-xid-45': 'look for the XID before it; alone, restart the fabric manager',
  'workflow-xid-48': 'drain and reset the GPU',
  'workflow-nvlink': 'check the NVLink on both ends, then contact the vendor',
  'workflow-nvlink5': 'read its text: fatal asks for a reset, non-fatal for watching',
  'read-recovery-action': 'do what its text or nvidia-smi -q names as the recovery action',
  none: 'watch it: the catalogue names no action',
}

export interface Xid {
  code: number
  mnemonic: string
  meaning: string
  bucket: XidBucket
  action: string
  /** The hardware is suspect, not the program */
  hardware: boolean
  known: boolean
}

/** Words for the codes people meet; the others have the catalogue's. */
const meanings: Record<number, string> = {
  13: 'graphics engine exception, mostly an illegal access of the program',
  31: 'memory page fault, mostly an illegal address in the program',
  43: 'the program was stopped by its own fault',
  45: 'clean-up after another error: look for the XID before it',
  46: 'the GPU stopped processing',
  48: 'double-bit memory error that could not be corrected',
  54: 'auxiliary power is not connected',
  62: 'internal micro-controller halted',
  63: 'a bad memory row was remapped',
  64: 'a bad memory row could not be remapped',
  74: 'NVLink error',
  79: 'the GPU has fallen off the bus',
  92: 'many single-bit memory errors, corrected so far',
  94: 'contained memory error: only the program on it is hurt',
  95: 'uncontained memory error: every program on the GPU may be hurt',
  109: 'context switch timed out',
  119: 'the GPU system processor does not answer',
  120: 'the GPU system processor failed',
  121: 'error on the chip-to-chip link, corrected',
  137: 'NVLink privilege error',
  140: 'memory error that could not be recovered',
  143: 'the GPU could not be initialised',
  151: 'key rotation failed',
  154: 'the recovery action of the GPU changed',
  158: 'fatal timeout inside the GPU',
  162: 'power smoothing works again',
  163: 'power smoothing stopped working',
}

/** Errors that programs cause: those the device plugin ignores, and engines that a program drives. */
const ofPrograms = new Set([8, 13, 31, 43, 45, 68, 137, 78])
/** The catalogue says ignore or restart the application, and yet it is the memory or a link that failed. */
const ofHardware = new Set([44, 63, 92, 94, 121, 157])

function isHardware(code: number, bucket: XidBucket): boolean {
  if (ofPrograms.has(code)) return false
  if (ofHardware.has(code)) return true
  return bucket !== 'restart-app' && bucket !== 'ignore' && code !== 162
}

const known = new Map<number, Xid>(
  xidCatalogue.map(([code, mnemonic, immediate, , description]) => {
    const bucket = buckets[immediate] ?? 'contact-support'
    const meaning =
      meanings[code] ?? (description === 'Unused' ? `XID ${code}, unused by today's drivers` : description)
    return [
      code,
      { code, mnemonic, meaning, bucket, action: actionWords[bucket], hardware: isHardware(code, bucket), known: true },
    ]
  }),
)

/** Meaning and action of an XID; a code that the catalogue does not have is left to the vendor. */
export const xidOf = (code: number): Xid =>
  known.get(code) ?? {
    code,
    mnemonic: '',
    meaning: `XID ${code}`,
    bucket: 'contact-support',
    action: actionWords['contact-support'],
    hardware: true,
    known: false,
  }

/** `NVRM: Xid (PCI:0000:18:00): 79, pid=1234, …` */
export function xidInText(text: string): { code: number; device?: string } | undefined {
  const match = /\bXid\b(?:\s*\(([^)]{1,40})\))?\s*:?\s*(\d{1,3})\b/i.exec(text)
  if (!match) return undefined
  return { code: Number(match[2]), ...(match[1] && { device: match[1].replace(/^PCI:/, '') }) }
}
