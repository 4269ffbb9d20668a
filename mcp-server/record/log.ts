import { createRequire } from 'node:module'
import type { Logger } from '#define'
import { createRedactor, type Redactor } from '../policy/redact.ts'
import { currentTraceId } from './trace.ts'

/** Tokens, keys and the like are masked before a line leaves the process (FRM-041); the road's gate does the rest. */
const fallback = createRedactor({ key: 'log' })

const levels = ['debug', 'info', 'warn', 'error'] as const

/** One JSON object a line on stderr: stdout belongs to the MCP protocol. Base fields as FRM-039 asks. */
export function createLog({
  level,
  redactor = fallback,
  write,
}: {
  level: string
  redactor?: Redactor
  /** Instead of stderr */
  write?: (line: string) => void
}): Logger {
  let log: Logger | undefined
  // pino with its 30 files is loaded with the first line that is written
  const line =
    (at: (typeof levels)[number]) =>
    (facts: object, message: string): void => {
      if (!levels.slice(0, levels.indexOf(at) + 1).some((one) => one === level)) return
      log ??= writer(level, redactor, write)
      log[at](facts, redactor.text(message))
    }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

function writer(level: string, redactor: Redactor, write?: (line: string) => void): Logger {
  const { destination, pino, stdSerializers } = createRequire(import.meta.url)('pino') as typeof import('pino')
  return pino(
    {
      level,
      base: { service: 'quartermaster' },
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      messageKey: 'message',
      mixin: () => {
        const traceId = currentTraceId()
        return traceId === undefined ? {} : { traceId }
      },
      formatters: {
        level: (label) => ({ level: label.toUpperCase() }),
        log: (facts) =>
          redactor.value(
            facts.error instanceof Error ? { ...facts, error: stdSerializers.err(facts.error) } : facts,
          ) as Record<string, unknown>,
      },
    },
    write ? { write } : destination({ dest: 2, sync: true }),
  )
}
