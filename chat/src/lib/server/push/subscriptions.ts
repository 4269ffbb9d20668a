import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import * as z from 'zod'
import { ToolError } from '#contract'
import { and, asc, eq, gte, sql } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { pushSubscriptions } from '#db/schema/chat-pages.ts'
import type { PushOutcome, PushTarget } from './send.ts'

/** A browser is forgotten after this many failures in a row */
const mostFailures = 20
/** A person has not more devices than that */
const mostDevices = 20

const base64url = (bytes: number) =>
  z
    .string()
    .max(200)
    .refine((text) => Buffer.from(text, 'base64url').length === bytes, `must be ${bytes} bytes as base64url`)

/** What a browser hands over when it subscribes, and what the person calls it. */
export const subscribeBody = z.strictObject({
  endpoint: z.url({ protocol: /^https$/ }).max(1_000),
  keys: z.strictObject({ p256dh: base64url(65), auth: base64url(16) }),
  device: z.string().trim().min(1).max(80),
})

/** A push service is a public one: the server is not sent to addresses of its own network. */
function checkEndpoint(endpoint: string): void {
  const { hostname } = new URL(endpoint)
  const literal = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
  if (literal || !hostname.includes('.') || /\.(local|internal|localhost|svc|lan|home|test)$/i.test(hostname))
    throw new ToolError('invalid-input', 'This is not the address of a push service.', {
      next: 'Subscribe with the button in the settings; the browser gives the address.',
      field: 'endpoint',
    })
}

export interface Device {
  /** Names the subscription without its address, which is a secret of the browser */
  id: string
  device: string
  createdAt: string
  lastSentAt?: string
  failures: number
}

const idOf = (endpoint: string) => createHash('sha256').update(endpoint).digest('base64url').slice(0, 22)

export interface SubscriptionStore {
  list(): Promise<Device[]>
  /** ToolError invalid-input, conflict */
  add(subscription: z.output<typeof subscribeBody>): Promise<Device>
  remove(id: string): Promise<boolean>
  targets(): Promise<PushTarget[]>
  /** Remembers how sending went; who is gone is forgotten. */
  note(endpoint: string, outcome: PushOutcome): Promise<void>
}

/** The devices of one person that are told while no page is open. */
export function subscriptionStore(deps: { db: () => Promise<Db>; owner: string; now: () => Date }): SubscriptionStore {
  const { owner, now } = deps
  const own = eq(pushSubscriptions.owner, owner)
  const rows = async () =>
    (await deps.db()).select().from(pushSubscriptions).where(own).orderBy(asc(pushSubscriptions.createdAt))
  const shown = (row: typeof pushSubscriptions.$inferSelect): Device => ({
    id: idOf(row.endpoint),
    device: row.device,
    createdAt: new Date(row.createdAt).toISOString(),
    ...(row.lastSentAt && { lastSentAt: new Date(row.lastSentAt).toISOString() }),
    failures: row.failures,
  })
  return {
    list: async () => (await rows()).map(shown),
    async add({ endpoint, keys, device }) {
      checkEndpoint(endpoint)
      if ((await rows()).filter((row) => row.endpoint !== endpoint).length >= mostDevices)
        throw new ToolError('conflict', `There are ${mostDevices} devices already.`, {
          next: 'Remove one that is not used any more.',
        })
      const db = await deps.db()
      const values = { owner, keys, device, failures: 0 }
      const [row] = await db
        .insert(pushSubscriptions)
        .values({ endpoint, ...values, createdAt: now() })
        .onConflictDoUpdate({ target: pushSubscriptions.endpoint, set: values })
        .returning()
      return shown(row!)
    },
    async remove(id) {
      const row = (await rows()).find(({ endpoint }) => idOf(endpoint) === id)
      if (!row) return false
      await (await deps.db()).delete(pushSubscriptions).where(and(own, eq(pushSubscriptions.endpoint, row.endpoint)))
      return true
    },
    targets: async () => (await rows()).map(({ endpoint, keys }) => ({ endpoint, keys })),
    async note(endpoint, outcome) {
      const db = await deps.db()
      const one = and(own, eq(pushSubscriptions.endpoint, endpoint))
      if (outcome.state === 'gone') await db.delete(pushSubscriptions).where(one)
      else if (outcome.state === 'sent')
        await db.update(pushSubscriptions).set({ lastSentAt: now(), failures: 0 }).where(one)
      else {
        await db
          .update(pushSubscriptions)
          .set({ failures: sql`${pushSubscriptions.failures} + 1` })
          .where(one)
        await db.delete(pushSubscriptions).where(and(one, gte(pushSubscriptions.failures, mostFailures)))
      }
    },
  }
}
