import type { Tool } from '#define'
import { applyManifest } from '../apply-manifest.tool.ts'
import { cordonNode } from '../cordon-node.tool.ts'
import { deleteResource } from '../delete-resource.tool.ts'
import { drainNode } from '../drain-node.tool.ts'
import { restartWorkload } from '../restart-workload.tool.ts'
import { rollbackWorkload } from '../rollback-workload.tool.ts'
import { scaleWorkload } from '../scale-workload.tool.ts'

/** What changes clusters. */
export const changingTools: readonly Tool[] = [
  applyManifest,
  scaleWorkload,
  restartWorkload,
  rollbackWorkload,
  cordonNode,
  drainNode,
  deleteResource,
]
