/** Why nvidia-smi gave no report, as far as its exit code and words tell. Source: `man nvidia-smi`, return value. */
export type SmiFailureKind =
  | 'bad-query'
  | 'unsupported'
  | 'no-permission'
  | 'not-found'
  | 'external-power'
  | 'driver-not-loaded'
  | 'interrupt'
  | 'library-missing'
  | 'function-missing'
  | 'inforom'
  | 'gpu-lost'
  | 'no-program'
  | 'garbage'
  | 'timeout'
  | 'denied'
  | 'no-pod'
  | 'unreachable'
  | 'other'

export interface SmiFailure {
  kind: SmiFailureKind
  exitCode?: number
  /** One line of what was said */
  said: string
  meaning: string
}

const byExitCode: Record<number, [SmiFailureKind, string]> = {
  2: ['bad-query', 'this driver does not know what was asked'],
  3: ['unsupported', 'the device does not support it'],
  4: ['no-permission', 'nvidia-smi may not read the device'],
  6: ['not-found', 'there is no such device'],
  8: ['external-power', 'the external power cables of the GPU are not attached'],
  9: ['driver-not-loaded', 'the NVIDIA driver is not loaded'],
  10: ['interrupt', 'the kernel found an interrupt problem of the GPU'],
  12: ['library-missing', 'the NVML library was not found'],
  13: ['function-missing', 'the NVML library is older than nvidia-smi'],
  14: ['inforom', 'the infoROM of the GPU is corrupt'],
  15: ['gpu-lost', 'a GPU has fallen off the bus'],
  127: ['no-program', 'the container has no nvidia-smi'],
}

/** Words win over codes: 255 and 1 stand for anything, and wrappers hide codes. */
const byWords: [RegExp, SmiFailureKind, string][] = [
  [/GPU is lost|fallen off the bus|Unable to determine the device handle/i, 'gpu-lost', byExitCode[15]![1]],
  [/is not a valid field to query/i, 'bad-query', byExitCode[2]![1]],
  [/couldn't communicate with the NVIDIA driver/i, 'driver-not-loaded', byExitCode[9]![1]],
  [/Driver\/library version mismatch/i, 'function-missing', 'driver and NVML library are of different versions'],
  [/couldn't find libnvidia-ml|NVML.*(not found|Shared Library Not Found)/i, 'library-missing', byExitCode[12]![1]],
  [/Insufficient Permissions/i, 'no-permission', byExitCode[4]![1]],
  [/No devices were found/i, 'not-found', 'the driver sees no GPU'],
  [/infoROM is corrupted/i, 'inforom', byExitCode[14]![1]],
]

const firstLine = (text: string) =>
  text
    .split(/\r?\n/)
    .find((line) => line.trim() !== '')
    ?.trim()
    .slice(0, 300) ?? ''

/** Undefined where it succeeded. A warning about an infoROM beside a report is no failure. */
export function smiFailure(result: { exitCode: number; stdout: string; stderr: string }): SmiFailure | undefined {
  const { exitCode, stdout, stderr } = result
  const words = `${stdout.slice(0, 4000)}\n${stderr.slice(0, 4000)}`
  const isReport = exitCode === 0 && (/^\d+, GPU-/m.test(stdout) || stdout.includes('<nvidia_smi_log>'))
  if (isReport) return undefined
  const said = firstLine(stdout) || firstLine(stderr)
  const spoken = byWords.find(([pattern]) => pattern.test(words))
  if (spoken) return { kind: spoken[1], exitCode, said, meaning: spoken[2] }
  if (exitCode === 0) return undefined
  const [kind, meaning] = byExitCode[exitCode] ?? ['other', `nvidia-smi failed with exit code ${exitCode}`]
  return { kind, exitCode, said, meaning }
}
