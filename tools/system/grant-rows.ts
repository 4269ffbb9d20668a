import * as z from 'zod'
import type { Column } from '#contract'
import type { GrantInfo } from '../context.ts'

export const grantRow = z.strictObject({
  id: z.string(),
  target: z.string(),
  tool: z.string(),
  approval: z.string(),
  conversation: z.string(),
  grantedBy: z.string(),
  grantedAt: z.string(),
  until: z.string(),
  uses: z.number().int(),
  revokedAt: z.string().optional(),
})

export const grantColumns: Column[] = [
  { key: 'target', label: 'What', type: 'text' },
  { key: 'grantedBy', label: 'Allowed by', type: 'text' },
  { key: 'until', label: 'Until', type: 'time' },
  { key: 'uses', label: 'Used', type: 'number' },
]

export const grantRowOf = (grant: GrantInfo): z.output<typeof grantRow> => ({
  id: grant.id,
  target: grant.target,
  tool: grant.tool,
  approval: grant.approval,
  conversation: grant.conversation,
  grantedBy: grant.grantedBy,
  grantedAt: grant.grantedAt.toISOString(),
  until: grant.expiresAt.toISOString(),
  uses: grant.uses,
  ...(grant.revokedAt && { revokedAt: grant.revokedAt.toISOString() }),
})
