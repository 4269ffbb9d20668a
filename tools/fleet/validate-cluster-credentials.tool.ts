import * as z from 'zod'
import { defineTool } from '#define'
import { cluster } from '../arguments.ts'
import { checkAccess } from './check.ts'
import { credentialsAnswer, credentialsCard, credentialsText } from './credentials-answer.ts'
import { tryCredentials } from './credentials-check.ts'
import { openStored } from './credentials-store.ts'
import { registryUses } from './registry-answer.ts'

/** Tries what is stored once more (FLT-027). */
export const validateClusterCredentials = defineTool({
  name: 'validate_cluster_credentials',
  title: 'Try stored credentials',
  about: 'Try the stored credentials of a cluster against its services now, and say which work and until when.',
  risk: 'read',
  audience: ['human'],
  card: 'status',
  needs: ['fleet', 'registry', 'vault'],
  uses: registryUses.filter((name) => name !== 'vault'),
  input: z.strictObject({ cluster: cluster.describe('Name or id') }),
  output: credentialsCard,
  examples: [{ cluster: 'gpu-east' }],
  route: { method: 'POST', path: '/clusters/{cluster}/credentials/validate' },
  access: checkAccess,
  text: credentialsText,
  async run(input, ctx) {
    const [name] = ctx.scope([input.cluster])
    const { credentials, rows } = await openStored(ctx, name!)
    const config = ctx.clients.registry.get(name!)!
    const { validations } = await tryCredentials(
      ctx.clients.registry,
      { config, credentials, now: ctx.now() },
      ctx.signal,
    )
    const expiresAt = Object.fromEntries(rows.map((row) => [row.service, row.expiresAt.toISOString()]))
    return {
      data: credentialsAnswer({ cluster: name!, status: 'checked', validations, expiresAt }),
      subject: `fleet/cluster/${name}`,
    }
  },
})
