import { ToolError } from '#contract'
import type { ClusterCredentials, Credential } from '../clients/credentials/types.ts'
import { type ClusterRow, type CredentialRow, credentialRows, findRow, purposeOf } from './registry.ts'
import type { RegistryContext } from './registry-answer.ts'

/** FLT-028 */
const noneStored = (cluster: string) =>
  new ToolError('not-found', `No credentials are stored for ${cluster}`, {
    cluster,
    next: `A person gives them on the page /fleet/${cluster}/credentials`,
    changed: 'nothing',
  })

/** @throws not-found where there are none */
export async function storedRows(
  ctx: RegistryContext,
  cluster: string,
): Promise<{ row: ClusterRow; rows: CredentialRow[] }> {
  const db = await ctx.db()
  const row = await findRow(db, cluster)
  const rows = row ? await credentialRows(db, row.id) : []
  if (!row || rows.length === 0) throw noneStored(cluster)
  return { row, rows }
}

/** The stored credentials in clear, for the clients only. */
export async function openStored(
  ctx: RegistryContext,
  cluster: string,
): Promise<{ row: ClusterRow; rows: CredentialRow[]; credentials: ClusterCredentials }> {
  const { row, rows } = await storedRows(ctx, cluster)
  const opened = await Promise.all(
    rows.map(async (one) => {
      const text = await ctx.clients.vault!.open(one, purposeOf(row.id, one.service))
      return [one.service, JSON.parse(text) as Credential] as const
    }),
  )
  return { row, rows, credentials: Object.fromEntries(opened) }
}
