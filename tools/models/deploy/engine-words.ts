import { createRequire } from 'node:module'
import { ToolError } from '#contract'

// Loaded with the first YAML: 70 files that a start can do without
const yaml = () => createRequire(import.meta.url)('yaml') as typeof import('yaml')

const refused = (message: string, next: string) =>
  new ToolError('invalid-input', message, { field: 'options.engineArgs', next, changed: 'nothing' })

/** `{"max-num-seqs": 64, "enable-chunked-prefill": true}` as words of a command line. */
function flagsOf(members: Record<string, unknown>): string[] {
  return Object.entries(members).flatMap(([key, value]) => {
    const flag = key.startsWith('-') ? key : `--${key.replaceAll('_', '-')}`
    if (value === true || value === null || value === '') return [flag]
    if (value === false) return []
    return [flag, typeof value === 'object' ? JSON.stringify(value) : String(value)]
  })
}

/**
 * Engine arguments as words of a command line (MOD-026): flags as they are typed (`--max-num-seqs 64` in one text is two
 * words), or a text of YAML or JSON with a member for each flag.
 * @throws ToolError invalid-input for a text that is neither
 */
export function engineWords(args: readonly string[]): string[] {
  return args.flatMap((arg) => {
    const text = arg.trim()
    const flag = /^(--?[\w.-]+)\s+(.+)$/s.exec(text)
    if (flag) return [flag[1]!, flag[2]!]
    if (!/^\{|^[\w-]+:(\s|$)/.test(text)) return [arg]
    // The value of the flag before it, such as --kv-transfer-config
    if (text.startsWith('{') && args.indexOf(arg) > 0) return [arg]
    let value: unknown
    try {
      value = yaml().parse(text)
    } catch {
      throw refused('The engine arguments are neither flags nor YAML nor JSON', 'Write ["--max-num-seqs 64"]')
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [arg]
    return flagsOf(value as Record<string, unknown>)
  })
}
