import { createFold } from '../tools/gpu/fold.ts'
import { atMost, type Measure, rounded, timed } from './measure.ts'

const lines = 800_000

/** NVSentinel once met this flood; whoever stores or sorts lines does not come through it. */
export const foldKernelLog: Measure = {
  id: 'fold-kernel-log',
  title: '800,000 kernel lines of GPU errors folded into their few distinct faults',
  async run() {
    const fold = createFold()
    const before = process.memoryUsage().heapUsed
    const { tookMs } = await timed(async () => {
      for (let index = 0; index < lines; index++) {
        const gpu = index % 29
        fold.add({
          cluster: 'gpu-east',
          node: `node-${gpu >> 3}`,
          at: new Date(1_795_000_000_000 + index).toISOString(),
          line: `NVRM: Xid (PCI:0000:${(gpu & 7) + 10}:00): 95, pid=${index}, name=python3, Uncontained: LTC TAG (0x2,0x${index.toString(16)})`,
        })
      }
    })
    const grownMib = Math.max(0, process.memoryUsage().heapUsed - before) / 2 ** 20
    const { faults } = fold.result()
    return [
      { name: 'time', value: rounded(tookMs), unit: 'ms', target: atMost(5_000) },
      { name: 'distinct faults', value: faults.length, unit: 'faults', target: atMost(29) },
      { name: 'heap grown, garbage included', value: rounded(grownMib), unit: 'MiB', target: atMost(128) },
    ]
  },
}
