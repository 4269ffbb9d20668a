import type { ClientName } from './clients/index.ts'
import type { Context, ServerServices } from './define.ts'
import { testContext } from './testing.ts'

/** A context whose server does what the test says; everything else of the server is absent. */
export function contextWithServer(services: Partial<ServerServices>): Context<ClientName> {
  const context = testContext({ clients: {} })
  return { ...context, server: { ...context.server, ...services } }
}

/** An approval as the server's policy shows it. */
export const approvalOf = (more: object = {}) => ({
  id: 'a1',
  tool: 'deploy_model',
  title: 'Deploy a model',
  risk: 'change' as const,
  state: 'pending' as const,
  plan: { summary: 'Deploy it', verb: 'Deploy', steps: [], checks: [], impact: [], guard: {} },
  askedBy: 'Ada',
  askedAt: '2026-11-20T12:00:00.000Z',
  expiresAt: '2026-11-20T12:15:00.000Z',
  ...more,
})
