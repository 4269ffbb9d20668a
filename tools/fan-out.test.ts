import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import { fanOut, requireSome } from './fan-out.ts'

const now = () => new Date('2026-11-20T12:00:00Z')
const signal = new AbortController().signal
const hang = (stop: AbortSignal) =>
  new Promise<never>((_, reject) => stop.addEventListener('abort', () => reject(stop.reason)))

describe('fanOut', () => {
  it('keeps the order of the names whatever finishes first (MET-009)', async () => {
    const release: Record<string, () => void> = {}
    const result = fanOut(
      ['a', 'b'],
      (cluster) =>
        new Promise<string>((resolve) => {
          release[cluster] = () => resolve(cluster.toUpperCase())
        }),
      { signal, now },
    )
    await Promise.resolve()
    await Promise.resolve()
    release.b!()
    release.a!()
    expect((await result).values).toEqual([
      { cluster: 'a', value: 'A' },
      { cluster: 'b', value: 'B' },
    ])
  })

  it('names the hung cluster, aborts it, and keeps what the others said', async () => {
    let aborted = false
    const result = await fanOut(
      ['good', 'hung'],
      async (cluster, stop) => {
        if (cluster === 'good') return 1
        stop.addEventListener('abort', () => {
          aborted = true
        })
        return hang(stop)
      },
      { timeoutMs: 20, signal, now },
    )
    expect(result.values).toEqual([{ cluster: 'good', value: 1 }])
    expect(result.clusters).toMatchObject([
      { cluster: 'good', status: 'success' },
      { cluster: 'hung', status: 'timeout', error: 'hung did not answer within 20 ms.' },
    ])
    expect(aborted).toBe(true)
  })

  it('gives a cluster that has begun to answer more time than one that has not', async () => {
    const result = await fanOut(
      ['large', 'hung'],
      async (cluster, stop, begun) => {
        if (cluster === 'hung') return hang(stop)
        begun()
        await new Promise((resolve) => setTimeout(resolve, 60))
        return 1
      },
      { timeoutMs: 20, signal, now },
    )
    expect(result.clusters.map(({ status }) => status)).toEqual(['success', 'timeout'])
  })

  it('does not count against a cluster the time in which this process stood still', async () => {
    const result = await fanOut(
      ['quick'],
      async () => {
        setTimeout(() => {
          const until = performance.now() + 150
          while (performance.now() < until);
        }, 5)
        await new Promise((resolve) => setTimeout(resolve, 30))
        await new Promise((resolve) => setImmediate(resolve))
        return 1
      },
      { timeoutMs: 100, signal, now },
    )
    expect(result.clusters.map(({ status }) => status)).toEqual(['success'])
  })

  it('does not wait for a task that ignores its abort', async () => {
    const result = await fanOut(['deaf'], () => new Promise<never>(() => {}), { timeoutMs: 10, signal, now })
    expect(result.clusters[0]!.status).toBe('timeout')
  })

  it('turns a failure into an entry, also a synchronous one and one that is no Error', async () => {
    const result = await fanOut(
      ['x', 'y', 'z'],
      (cluster) => {
        if (cluster === 'x') throw new Error('broken')
        return cluster === 'y' ? Promise.reject('odd') : Promise.resolve('fine')
      },
      { signal, now },
    )
    expect(result.clusters.map((entry) => [entry.status, entry.error])).toEqual([
      ['error', 'broken'],
      ['error', 'odd'],
      ['success', undefined],
    ])
  })

  it('asks no more clusters at once than the limit (MET-008)', async () => {
    let running = 0
    let most = 0
    const names = Array.from({ length: 25 }, (_, index) => `c${index}`)
    await fanOut(
      names,
      async () => {
        running++
        most = Math.max(most, running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      },
      { concurrency: 4, signal, now },
    )
    expect(most).toBe(4)
  })

  it('throws cancelled when the call itself is stopped', async () => {
    const own = new AbortController()
    const result = fanOut(['a'], (_, stop) => hang(stop), { signal: own.signal, now })
    own.abort()
    await expect(result).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('hands the reason of the caller on: a person who went away must not look like slow clusters (MET-024)', async () => {
    const own = new AbortController()
    const reasons: unknown[] = []
    const task = (_: string, stop: AbortSignal) => {
      stop.addEventListener('abort', () => reasons.push(stop.reason))
      return hang(stop)
    }
    const result = fanOut(['a', 'b'], task, { signal: own.signal, now })
    await Promise.resolve()
    own.abort('went away')
    await expect(result).rejects.toMatchObject({ code: 'cancelled' })
    expect(reasons).toEqual(['went away', 'went away'])
  })
})

describe('requireSome', () => {
  const failing = (codes: ('permission-denied' | 'upstream-error')[]) =>
    fanOut(
      codes.map((_, index) => `c${index}`),
      async (cluster) => {
        throw new ToolError(codes[Number(cluster.slice(1))]!, `${cluster} refused`, { next: 'Ask an owner.' })
      },
      { signal, now },
    )

  it('passes a partial answer and an empty fan-out on', async () => {
    const partial = await fanOut(
      ['a', 'b'],
      async (cluster) => {
        if (cluster === 'b') throw new Error('down')
        return 1
      },
      { signal, now },
    )
    expect(requireSome(partial)).toBe(partial)
    expect(requireSome({ values: [], clusters: [] }).values).toEqual([])
  })

  it('rethrows the one error of one cluster', async () => {
    const result = await failing(['permission-denied'])
    expect(() => requireSome(result)).toThrow('c0 refused')
  })

  it('says once that all were too slow, and that another try may do', async () => {
    const silent = await fanOut(['a', 'b'], () => new Promise(() => {}), { signal, now, timeoutMs: 1 })
    expect(() => requireSome(silent)).toThrow('None of the 2 clusters answered in time: a, b.')
    expect(() => requireSome(silent)).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ next: expect.stringContaining('once more') }) }),
    )
  })

  it('keeps the code when all failed alike, and names every cluster', async () => {
    const alike = await failing(['permission-denied', 'permission-denied'])
    expect(() => requireSome(alike)).toThrow(expect.objectContaining({ code: 'permission-denied' }))
    const mixed = await failing(['permission-denied', 'upstream-error'])
    expect(() => requireSome(mixed)).toThrow(expect.objectContaining({ code: 'upstream-unreachable' }))
    expect(() => requireSome(mixed)).toThrow('None of the 2 clusters answered: c0 refused; c1 refused')
  })
})
