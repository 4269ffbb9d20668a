import type { NewEvent } from '#contract'
import { defineJob } from '#define'
import { type ClusterGpus, collectGpus } from './collect.ts'
import { devicesSubject, nodeSubject } from './events.ts'
import { rowOfGpu, rowsOfNodes } from './rows.ts'

/**
 * Telemetry for whoever looks at it now: every five seconds (GPU-009), of the clusters that are looked at. While nobody looks nothing
 * is asked: the figures are in Prometheus, and a row that nobody gets is worth no question.
 */
export const watchGpus = defineJob({
  name: 'gpu.watch',
  everyMs: 5000,
  needs: [],
  async run(ctx) {
    const { prometheus, kubernetes, prices } = ctx.clients
    const names = [...new Set([...(prometheus?.names() ?? []), ...(kubernetes?.names() ?? [])])]
    const isWatched = (cluster: string) =>
      ctx.watched(nodeSubject(cluster), 'gpu.updated') || ctx.watched(`gpu/devices/${cluster}/*`, 'gpu.devices-updated')
    const watched = names.filter(isWatched)
    if (watched.length === 0) return
    // nvidia-smi is a program in somebody's pod: it is run where DCGM is silent, not every five seconds on every node.
    const { found } = await collectGpus(ctx, watched, { smi: 'silent' })
    const events = found.flatMap(({ cluster, gpus }: ClusterGpus): NewEvent[] =>
      rowsOfNodes(gpus, prices).flatMap((row): NewEvent[] => {
        const subject = devicesSubject(cluster, row.node)
        const own = gpus.filter((gpu) => gpu.node === row.node)
        const devices = ctx.watched(subject, 'gpu.devices-updated')
        return [
          { name: 'gpu.updated', subject: nodeSubject(cluster, row.node), cluster, data: row },
          ...(devices
            ? [
                {
                  name: 'gpu.devices-updated',
                  subject,
                  cluster,
                  data: { upsert: own.map((gpu) => rowOfGpu(gpu, prices)) },
                },
              ]
            : []),
        ]
      }),
    )
    await ctx.announce(events)
  },
})
