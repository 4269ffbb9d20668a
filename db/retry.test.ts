import { describe, expect, it } from 'vitest'
import { createRetry } from './retry.ts'
import { quiet } from './testing.ts'

const failing = (code: string) => Object.assign(new Error(code), { code })

function setUp(options: { attempts?: number } = {}) {
  const pauses: number[] = []
  let clock = 0
  const retry = createRetry({
    log: quiet,
    now: () => clock,
    sleep: async (ms) => {
      pauses.push(ms)
    },
    ...options,
  })
  const pass = (ms: number) => {
    clock += ms
  }
  return { retry, pauses, pass }
}

/** Fails with the codes in turn, then answers `done`. */
function script(...codes: string[]) {
  let calls = 0
  const task = async () => {
    const code = codes[calls]
    calls += 1
    if (code !== undefined) throw failing(code)
    return 'done'
  }
  return { task, calls: () => calls }
}

describe('calls to PostgreSQL', () => {
  it('are repeated with pauses that double, while the server never saw them (FRM-049)', async () => {
    const { retry, pauses } = setUp()
    const { task } = script('ECONNREFUSED', '57P03', 'CONNECT_TIMEOUT', '53300')
    expect(await retry.run(task)).toBe('done')
    expect(pauses).toEqual([100, 200, 400, 800])
  })

  it('pause no longer than the limit, and end with an error that names the next step', async () => {
    const { retry, pauses } = setUp({ attempts: 8 })
    const { task } = script(...Array<string>(20).fill('ECONNREFUSED'))
    await expect(retry.run(task)).rejects.toMatchObject({ reason: 'connection', unknown: false, next: /DATABASE_URL/ })
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 2000, 2000])
  })

  it.each(['CONNECTION_CLOSED', '57P01', 'ECONNRESET'])(
    'are not repeated after %s: they may have been done',
    async (code) => {
      const { retry } = setUp()
      const { task, calls } = script(code)
      await expect(retry.run(task)).rejects.toMatchObject({ reason: 'connection', unknown: true })
      expect(calls()).toBe(1)
    },
  )

  it('are not repeated when the caller does not allow it, or the server refused them', async () => {
    const { retry } = setUp()
    const begun = script('ECONNREFUSED')
    await expect(retry.run(begun.task, () => false)).rejects.toThrow('ECONNREFUSED')
    const duplicate = script('23505')
    await expect(retry.run(duplicate.task)).rejects.toMatchObject({ code: '23505' })
    expect([begun.calls(), duplicate.calls()]).toEqual([1, 1])
  })

  it('say that the disk is full', async () => {
    const { retry } = setUp()
    await expect(retry.run(script('53100').task)).rejects.toMatchObject({ reason: 'disk-full', next: /Free space/ })
  })

  it('find the code in the cause, where drizzle puts it', async () => {
    const { retry, pauses } = setUp()
    let calls = 0
    const task = async () => {
      calls += 1
      if (calls === 1) throw new Error('Failed query', { cause: failing('ECONNREFUSED') })
      return 'done'
    }
    expect([await retry.run(task), pauses]).toEqual(['done', [100]])
  })

  it('fail at once after five in a row failed, and try again later (FRM-050)', async () => {
    const { retry, pass } = setUp({ attempts: 1 })
    const { task, calls } = script(...Array<string>(5).fill('ECONNREFUSED'))
    for (let number = 0; number < 5; number += 1) await expect(retry.run(task)).rejects.toThrow()
    await expect(retry.run(task)).rejects.toThrow('several times in a row')
    expect(calls()).toBe(5)
    pass(5000)
    expect(await retry.run(task)).toBe('done')
    expect(await retry.run(task)).toBe('done')
  })
})
