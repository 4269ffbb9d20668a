import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from './database.ts'
import { asc, eq } from './drizzle.ts'
import { isDuplicate } from './errors.ts'
import { conversations, messages } from './schema/chat.ts'
import { results, settings } from './schema/core.ts'
import { escrows, transactions } from './schema/escrow.ts'
import { computeJobs, gpuProviders, marketplaceUsers, providerMetrics } from './schema/marketplace.ts'
import { modelDeployments } from './schema/models.ts'

const at = new Date('2026-11-20T12:00:00.123Z')
const currency = 'qu' as const

const conversation = (id: string) => ({
  ...{ id, owner: 'ada', title: 'GPUs', personaId: 'default', clusters: ['gpu-east'] },
  ...{ createdAt: at, updatedAt: at },
})
const user = (id: string) => ({ id, qubicAddress: id.toUpperCase(), createdAt: at, updatedAt: at })
const job = (id: string, userId: string) => ({
  ...{
    id,
    userId,
    jobType: 'inference',
    inputData: {},
    estimatedCost: 5n,
    currency,
    state: 'pending' as const,
    createdAt: at,
  },
})
const escrow = (id: string, jobId: string) => ({
  ...{ id, jobId, amount: 5n, currency, consumerAddress: 'C', state: 'locked' as const, createdAt: at },
})
const transaction = (id: string, jobId: string) => ({
  ...{ id, jobId, type: 'escrow-lock' as const, amount: 5n, currency, status: 'pending' as const, createdAt: at },
})

/** The code of the error that PostgreSQL gives. */
const refusal = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => 'accepted',
    (error) => (error as { cause?: { code?: string } }).cause?.code,
  )

/** JSON that PostgreSQL can keep as it is. */
const json = fc.jsonValue({ stringUnit: 'binary' }).filter((value) => {
  const text = JSON.stringify(value)
  return !text.includes('\\u0000') && !text.includes('-0')
})

/** What every database of Quartermaster does, whichever driver is behind it. */
export function describeDatabase(name: string, open: () => Promise<Database>): void {
  describe(name, () => {
    let database: Database
    beforeAll(async () => {
      database = await open()
    })
    afterAll(() => database?.close())

    describe('what was written reads back identical (QLT-022)', () => {
      it('any JSON as document and any text in it', async () => {
        await database.db.insert(conversations).values(conversation('round-trip'))
        let position = 0
        await fc.assert(
          fc.asyncProperty(fc.array(json, { maxLength: 3 }), async (parts) => {
            position += 1
            const id = `part-${position}`
            const row = { id, conversationId: 'round-trip', position, role: 'user' as const, parts, createdAt: at }
            await database.db.insert(messages).values(row)
            const [back] = await database.db.select().from(messages).where(eq(messages.id, id))
            expect(back).toEqual({ ...row, metadata: null, parentId: null })
          }),
          { numRuns: 60 },
        )
      })

      it('exact JSON, with the characters that jsonb refuses', async () => {
        const data = { log: 'before\u0000after', half: '\ud800', zero: 1e21, nested: [{ '\u0000': null }] }
        const row = { id: 'exact', owner: 'ada', tool: 'get_pod_logs', card: 'log' as const, data, bytes: 1, at: 'now' }
        await database.db.insert(results).values({ ...row, createdAt: at, expiresAt: at })
        const [back] = await database.db.select().from(results).where(eq(results.id, 'exact'))
        expect(back).toEqual({ ...row, createdAt: at, expiresAt: at })
      })

      it('a document with NUL and half characters is kept with replacements, not refused', async () => {
        const value = { 'a\u0000': ['x\u0000y', 'z\ud800', 'back\\u0000slash'] }
        await database.db.insert(settings).values({ key: 'nul', value, updatedAt: at })
        const [back] = await database.db.select().from(settings).where(eq(settings.key, 'nul'))
        expect(back?.value).toEqual({ 'a\ufffd': ['x\ufffdy', 'z\ufffd', 'back\\u0000slash'] })
      })

      it('amounts beyond 2^53 and moments to the millisecond', async () => {
        await database.db.insert(marketplaceUsers).values(user('rich'))
        await database.db.insert(computeJobs).values({ ...job('big', 'rich'), estimatedCost: 9_007_199_254_740_993n })
        const [back] = await database.db.select().from(computeJobs).where(eq(computeJobs.id, 'big'))
        expect(back).toMatchObject({ estimatedCost: 9_007_199_254_740_993n, createdAt: at, actualCost: null })
      })
    })

    describe('references and rules hold (FRM-048)', () => {
      beforeAll(async () => {
        await database.db.insert(marketplaceUsers).values(user('ada'))
        await database.db.insert(computeJobs).values(job('job', 'ada'))
      })

      it('numbers compute jobs by itself', async () => {
        await database.db.insert(computeJobs).values([job('n1', 'ada'), job('n2', 'ada')])
        const rows = await database.db.select().from(computeJobs).orderBy(asc(computeJobs.number))
        const numbers = rows.map((row) => row.number)
        expect(new Set(numbers).size).toBe(numbers.length)
        expect(rows.slice(-2).map((row) => row.id)).toEqual(['n1', 'n2'])
      })

      it('locks money once per job, and gives a job several transactions (PAY-018, PAY-030)', async () => {
        await database.db.insert(escrows).values(escrow('first', 'job'))
        const second = database.db.insert(escrows).values(escrow('second', 'job'))
        expect(await second.then(() => false, isDuplicate)).toBe(true)
        await database.db.insert(transactions).values([transaction('t1', 'job'), transaction('t2', 'job')])
        await database.db.insert(transactions).values({ ...transaction('t3', 'job'), chainHash: 'h' })
        const again = database.db.insert(transactions).values({ ...transaction('t4', 'job'), chainHash: 'h' })
        expect(await refusal(again)).toBe('23505')
      })

      it('never pays out more than was locked (PAY-016)', async () => {
        const row = { ...escrow('over', 'n1'), released: 4n, refunded: 2n }
        expect(await refusal(database.db.insert(escrows).values(row))).toBe('23514')
        expect(await refusal(database.db.insert(escrows).values({ ...escrow('zero', 'n1'), amount: 0n }))).toBe('23514')
      })

      it('keeps what money points at, and drops what belongs to a deleted row', async () => {
        // a restricted delete has a code of its own since PostgreSQL 18
        const restricted = await refusal(database.db.delete(computeJobs).where(eq(computeJobs.id, 'job')))
        expect(['23001', '23503']).toContain(restricted)
        expect(await refusal(database.db.insert(transactions).values(transaction('t9', 'nowhere')))).toBe('23503')
        await database.db.insert(conversations).values(conversation('gone'))
        const row = { id: 'm', conversationId: 'gone', position: 0, role: 'user' as const, parts: [], createdAt: at }
        await database.db.insert(messages).values(row)
        await database.db.delete(conversations).where(eq(conversations.id, 'gone'))
        expect(await database.db.select().from(messages).where(eq(messages.id, 'm'))).toEqual([])
      })

      it('drops the metrics of a provider with it, and refuses progress above 100', async () => {
        const provider = { id: 'p', workerId: 'w', userId: 'ada', qubicAddress: 'A', type: 'native' as const }
        const offer = { ...provider, gpuModel: 'RTX 4090', gpuVramMb: 24_564, pricePerHour: 2n, currency }
        await database.db.insert(gpuProviders).values({ ...offer, registeredAt: at, updatedAt: at })
        await database.db.insert(providerMetrics).values({ providerId: 'p', cpuPercent: 1, ramPercent: 2, at })
        await database.db.delete(gpuProviders).where(eq(gpuProviders.id, 'p'))
        expect(await database.db.select().from(providerMetrics)).toEqual([])
        const over = database.db.update(computeJobs).set({ progress: 101 }).where(eq(computeJobs.id, 'job'))
        expect(await refusal(over)).toBe('23514')
      })

      it('has one deployment per place', async () => {
        const row = {
          ...{
            id: 'd1',
            cluster: 'gpu-east',
            namespace: 'ns',
            name: 'qwen3',
            model: 'Qwen3-8B',
            engine: 'vllm' as const,
          },
          ...{
            mode: 'aggregated' as const,
            replicas: 1,
            gpus: 2,
            state: 'pending' as const,
            steps: [],
            requestedBy: 'ada',
          },
          ...{ createdAt: at, updatedAt: at },
        }
        await database.db.insert(modelDeployments).values(row)
        expect(await refusal(database.db.insert(modelDeployments).values({ ...row, id: 'd2' }))).toBe('23505')
      })
    })

    describe('transactions', () => {
      const write = (key: string) => ({ key, value: 0, updatedAt: at })
      const has = async (key: string) =>
        (await database.db.select().from(settings).where(eq(settings.key, key))).length === 1

      it('roll back as a whole when their work throws', async () => {
        const work = database.db.transaction(async (tx) => {
          await tx.insert(settings).values(write('rolled-back'))
          throw new Error('changed my mind')
        })
        await expect(work).rejects.toThrow('changed my mind')
        expect(await has('rolled-back')).toBe(false)
      })

      it('do not pretend to commit when a statement failed and nobody looked', async () => {
        const work = database.db.transaction(async (tx) => {
          await tx.insert(settings).values(write('swallowed'))
          await tx
            .insert(settings)
            .values(write('swallowed'))
            .catch(() => undefined)
        })
        await expect(work).rejects.toThrow()
        expect(await has('swallowed')).toBe(false)
      })

      it('can roll back a part of themselves', async () => {
        await database.db.transaction(async (tx) => {
          await tx.insert(settings).values(write('outer'))
          await tx
            .transaction(async (inner) => {
              await inner.insert(settings).values(write('inner'))
              throw new Error('only this')
            })
            .catch(() => undefined)
        })
        expect([await has('outer'), await has('inner')]).toEqual([true, false])
      })

      it('of many writers at once lose no update', async () => {
        await database.db.insert(conversations).values(conversation('counted'))
        const count = () =>
          database.db.transaction(async (tx) => {
            const own = eq(conversations.id, 'counted')
            const [row] = await tx.select().from(conversations).where(own).for('update')
            await tx
              .update(conversations)
              .set({ messageCount: (row?.messageCount ?? 0) + 1 })
              .where(own)
          })
        await Promise.all(Array.from({ length: 25 }, count))
        const [row] = await database.db.select().from(conversations).where(eq(conversations.id, 'counted'))
        expect(row?.messageCount).toBe(25)
      })
    })

    it('tells listeners after the commit, and nothing after a rollback', async () => {
      const heard: string[] = []
      let arrived: () => void = () => undefined
      const last = new Promise<void>((resolve) => {
        arrived = resolve
      })
      let listening = 0
      const stop = await database.listen(
        'news',
        (payload) => {
          heard.push(payload)
          if (payload === 'last') arrived()
        },
        () => {
          listening += 1
        },
      )
      const failing = database.db.transaction(async (tx) => {
        await database.notify(tx, 'news', 'never')
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await database.db.transaction((tx) => database.notify(tx, 'news', 'x'.repeat(7000)))
      await database.db.transaction((tx) => database.notify(tx, 'news', 'last'))
      await last
      expect(heard).toEqual(['x'.repeat(7000), 'last'])
      expect(listening).toBe(1)
      await stop()
    })

    it('is healthy', async () => {
      expect(await database.healthy()).toBe(true)
    })
  })
}
