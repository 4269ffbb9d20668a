/** What an XID means for whoever runs the fleet. Source: NVIDIA's XID catalogue (docs.nvidia.com/deploy/xid-errors). */
interface Xid {
  meaning: string
  action:
    | 'restart the application'
    | 'reset the GPU'
    | 'reboot the node'
    | 'contact the vendor'
    | 'check the cabling'
    | 'watch it'
  /** The hardware is suspect, not the program */
  hardware: boolean
}

const application = (meaning: string): Xid => ({ meaning, action: 'restart the application', hardware: false })
const reset = (meaning: string): Xid => ({ meaning, action: 'reset the GPU', hardware: true })
const watch = (meaning: string, hardware = true): Xid => ({ meaning, action: 'watch it', hardware })

const catalogue: Record<number, Xid> = {
  13: application('graphics engine exception, mostly an illegal access of the program'),
  31: application('memory page fault, mostly an illegal address in the program'),
  43: watch('the program was stopped by its own fault', false),
  45: watch('clean-up after another error: look for the XID before it', false),
  46: reset('the GPU stopped processing'),
  48: reset('double-bit memory error that could not be corrected'),
  54: { meaning: 'auxiliary power is not connected', action: 'check the cabling', hardware: true },
  62: reset('internal micro-controller halted'),
  63: watch('a bad memory row was remapped'),
  64: reset('a bad memory row could not be remapped'),
  68: application('video processor exception'),
  74: { meaning: 'NVLink error', action: 'contact the vendor', hardware: true },
  78: { meaning: 'vGPU start failed', action: 'contact the vendor', hardware: false },
  79: { meaning: 'the GPU has fallen off the bus', action: 'reboot the node', hardware: true },
  92: watch('many single-bit memory errors, corrected so far'),
  94: application('contained memory error: only the program on it is hurt'),
  95: reset('uncontained memory error: every program on the GPU may be hurt'),
  109: reset('context switch timed out'),
  110: reset('security fault'),
  119: reset('the GPU system processor does not answer'),
  120: reset('the GPU system processor failed'),
  121: watch('error on the chip-to-chip link, corrected'),
  136: reset('link training failed'),
  137: watch('NVLink privilege error', false),
  140: reset('memory error that could not be recovered'),
  143: reset('the GPU could not be initialised'),
  145: { meaning: 'NVLink error on the link layer', action: 'contact the vendor', hardware: true },
  149: { meaning: 'NVLink error on the network interface', action: 'contact the vendor', hardware: true },
  151: { meaning: 'key rotation failed', action: 'reboot the node', hardware: true },
  154: watch('the recovery action of the GPU changed: nvidia-smi -q names it'),
  158: reset('fatal timeout inside the GPU'),
}

/** Meaning and action of an XID; codes that are not listed are left to the vendor's catalogue. */
export const xidOf = (code: number): Xid =>
  catalogue[code] ?? { meaning: `XID ${code}`, action: 'contact the vendor', hardware: true }

/** `NVRM: Xid (PCI:0000:18:00): 79, pid=1234, …` */
export function xidInText(text: string): { code: number; device?: string } | undefined {
  const match = /\bXid\b(?:\s*\(([^)]{1,40})\))?\s*:?\s*(\d{1,3})\b/i.exec(text)
  if (!match) return undefined
  return { code: Number(match[2]), ...(match[1] && { device: match[1].replace(/^PCI:/, '') }) }
}
