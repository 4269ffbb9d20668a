import { destination, pino, stdSerializers } from 'pino'
import type { Logger } from '#define'
import { createRedactor, type Redactor } from '../policy/redact.ts'

/** Tokens, keys and the like are masked before a line leaves the process (FRM-041); the road's gate does the rest. */
const fallback = createRedactor({ key: 'log' })

/** One JSON object a line on stderr: stdout belongs to the MCP protocol. Base fields as FRM-039 asks. */
export function createLog({ level, redactor = fallback }: { level: string; redactor?: Redactor }): Logger {
  return pino(
    {
      level,
      base: { service: 'quartermaster' },
      timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
      messageKey: 'message',
      formatters: {
        level: (label) => ({ level: label.toUpperCase() }),
        log: (facts) =>
          redactor.value(
            facts.error instanceof Error ? { ...facts, error: stdSerializers.err(facts.error) } : facts,
          ) as Record<string, unknown>,
      },
    },
    destination({ dest: 2, sync: true }),
  )
}
