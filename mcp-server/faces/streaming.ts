import { Hono } from 'hono'
import { ToolError } from '#contract'
import type { Actor } from '#define'
import { hasRole } from '../policy/allow.ts'
import { liveLimits } from './live.ts'
import type { LiveClients } from './live-clients.ts'

export interface StreamingParts {
  clients: LiveClients
  eventNames: ReadonlySet<string>
  now: () => Date
  /** @throws ToolError for whom this is not */
  person(request: Request): Actor
}

const mostListed = 1_000

/** How the live connections of this process stand (RTE-019). */
export function createStreamingFace({ clients, eventNames, now, person }: StreamingParts): Hono {
  const app = new Hono()
  app.get('/api/v1/streaming/status', (c) => {
    person(c.req.raw)
    const { pingEveryMs, pongWithinMs, queue, messageBytes, connections, subscriptions } = liveLimits
    const limits = { connections, subscriptions, queue, messageBytes, pingEveryMs, pongWithinMs }
    return c.json({ status: 'ok', at: now().toISOString(), ...clients.status(), limits, names: [...eventNames].sort() })
  })
  app.get('/api/v1/streaming/clients', (c) => {
    const actor = person(c.req.raw)
    if (!hasRole(actor, 'owner'))
      throw new ToolError('permission-denied', 'Who is connected is for the owner', {
        next: 'Ask someone with the role owner',
        changed: 'nothing',
      })
    return c.json({ at: now().toISOString(), clients: clients.list(mostListed) })
  })
  app.get('/api/v1/streaming/subscriptions', (c) => {
    person(c.req.raw)
    return c.json({ at: now().toISOString(), subscriptions: clients.subscriptions(mostListed) })
  })
  return app
}
