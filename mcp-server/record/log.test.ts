import { describe, expect, it } from 'vitest'
import { createLog } from './log.ts'
import { currentTraceparent, newTraceId, traced } from './trace.ts'

function logged(level: string, write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLog({ level, write: (line) => lines.push(line) }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('log lines', () => {
  it('FRM-039: have time, level, service and message', () => {
    const [line] = logged('info', (log) => log.info({ port: 3000 }, 'listening'))
    expect(line).toMatchObject({ level: 'INFO', service: 'quartermaster', message: 'listening', port: 3000 })
    expect(new Date(line!.timestamp as string).toISOString()).toBe(line!.timestamp)
  })

  it('carry the trace they belong to, the one that upstreams are told too', () => {
    const id = newTraceId()
    const [inside, outside] = logged('warn', (log) => {
      traced(id, () => {
        expect(currentTraceparent()).toMatch(new RegExp(`^00-${id}-[0-9a-f]{16}-01$`))
        log.warn({}, 'inside')
      })
      log.warn({}, 'outside')
    })
    expect(inside!.traceId).toBe(id)
    expect(outside!.traceId).toBeUndefined()
    expect(currentTraceparent()).toBeUndefined()
  })

  it('FRM-041: hold no secret', () => {
    const [line] = logged('error', (log) =>
      log.error(
        { error: new Error('connect postgres://app:hunter2hunter2@db failed'), password: 'hunter2hunter2' },
        'x',
      ),
    )
    expect(JSON.stringify(line)).not.toContain('hunter2')
  })

  it('below the level are not written', () => expect(logged('warn', (log) => log.info({}, 'x'))).toEqual([]))
})
