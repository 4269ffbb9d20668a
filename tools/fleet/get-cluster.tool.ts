import * as z from 'zod'
import { defineTool } from '#define'
import { cluster } from '../arguments.ts'
import { checkAccess } from './check.ts'
import { clusterReply, clusterText, registryUses } from './registry-answer.ts'
import { clusterCard } from './registry-view.ts'

/** One cluster as it is registered (FLT-009, FLT-010, FLT-019). */
export const getCluster = defineTool({
  name: 'get_cluster',
  title: 'Cluster',
  about:
    'What is registered of one cluster: addresses, labels, id, which credentials are stored and until when, last health. Whether it lives: get_cluster_status.',
  risk: 'read',
  card: 'status',
  needs: ['fleet', 'registry'],
  uses: registryUses,
  input: z.strictObject({ cluster: cluster.describe('Name or id') }),
  output: clusterCard,
  examples: [{ cluster: 'gpu-east' }],
  route: { method: 'GET', path: '/clusters/{cluster}' },
  alsoAt: [{ method: 'GET', path: '/clusters/by-name/{cluster}' }],
  access: checkAccess,
  text: clusterText,
  async run(input, ctx) {
    const [name] = ctx.scope([input.cluster])
    return clusterReply(ctx, name!)
  },
})
