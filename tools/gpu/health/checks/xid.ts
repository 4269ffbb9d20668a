import { xidOf } from '../../xid.ts'
import type { GpuCheck, Hit } from '../facts.ts'
import { type Device, devicesOf, has, hitOf } from '../faults.ts'

type Look = (device: Device, all: readonly Device[]) => Hit | undefined

const perDevice =
  (look: Look): GpuCheck['look'] =>
  (facts) => {
    const all = devicesOf(facts)
    return all.flatMap((device) => look(device, all) ?? [])
  }

const near = (one: string, other: string) => Math.abs(Date.parse(one) - Date.parse(other)) <= 10 * 60_000

/** NVSwitch errors of links to a GPU that is gone are the same event as its fall. */
const ofLostGpu = (device: Device, all: readonly Device[]) =>
  all
    .filter((other) => other.cluster === device.cluster && other.node === device.node)
    .flatMap((other) => has(other, 79))
const linkDown = 20034

const kernel = 'kernel log, DCGM XID'

/** Driver errors of GPUs that explain each other. Memory and links have files of their own, and single codes too. */
export const xidChecks: readonly GpuCheck[] = [
  {
    id: 'gpu-lost',
    severity: 'critical',
    title: 'XID 79, a GPU has fallen off the bus',
    cause: 'The GPU no longer answers on PCIe. Everything on it is gone, and what other GPUs of that job do is wasted.',
    remedy:
      'Cordon the node, drain it, reboot it (power cycle if the GPU does not come back), then have the vendor look at it.',
    falsifier: 'nvidia-smi -L lists the GPU, and DCGM measures its temperature again.',
    reads: `${kernel}, nvidia-smi exit code 15`,
    look: (facts) => {
      const all = devicesOf(facts)
      const told = all.flatMap((device) => {
        const lost = has(device, 79)
        if (lost.length === 0) return []
        const switches = all
          .filter((other) => other.cluster === device.cluster && other.node === device.node)
          .flatMap(({ faults }) =>
            faults.filter(
              ({ kind, code, lastAt }) => kind === 'sxid' && code === linkDown && near(lastAt, lost[0]!.lastAt),
            ),
          )
        return [hitOf(device, [...lost, ...switches])]
      })
      const known = new Set(told.map(({ cluster, node }) => `${cluster}/${node}`))
      const said = facts.smi.flatMap(({ cluster, node, answer }): Hit[] => {
        if (answer.failure?.kind !== 'gpu-lost' || known.has(`${cluster}/${node}`)) return []
        return [{ cluster, node, evidence: [{ source: `nvidia-smi, ${cluster}/${node}`, text: answer.failure.said }] }]
      })
      const silent = facts.gpus.flatMap((gpu): Hit[] => {
        const { cluster, node, index } = gpu
        const isGone = gpu.xid === 79 && gpu.temperatureC === undefined && gpu.memoryUsedMib === undefined
        if (!isGone || known.has(`${cluster}/${node}`)) return []
        return [
          {
            cluster,
            node,
            gpu: index,
            evidence: [
              {
                source: `dcgm, ${cluster}/${node} GPU ${index}`,
                text: 'last XID 79, and nothing else is measured any more',
              },
            ],
          },
        ]
      })
      return [...told, ...said, ...silent]
    },
  },
  {
    id: 'xid-app-same-unit',
    severity: 'critical',
    title: 'XID {code} again and again at {place}',
    cause:
      'Different programs fail at the same part of the chip: that is the chip, although the XID looks like a program error.',
    remedy: 'Cordon the GPU, run the vendor’s field diagnostics, and replace it if they agree.',
    falsifier: 'The programs are one job restarted, or the same code fails at the same place on other GPUs.',
    reads: 'kernel log (GPC and TPC by pid)',
    look: (facts) =>
      devicesOf(facts).flatMap((device) =>
        has(device, 13, 31).flatMap((fault) => {
          const worst = Object.entries(fault.pidsByPlace).find(([, pids]) => pids.length >= 2)
          return worst ? [hitOf(device, [fault], { code: fault.code, place: worst[0] })] : []
        }),
      ),
  },
  {
    id: 'xid-app',
    severity: 'info',
    title: 'XID {code}, {meaning}',
    cause: 'Most likely the program: the device plugin ignores these codes too.',
    remedy: 'Restart the program; look at its own log and at illegal addresses (compute-sanitizer).',
    falsifier: 'Other programs fail at the same GPC and TPC of this GPU, or the program runs clean elsewhere.',
    reads: kernel,
    look: (facts) =>
      devicesOf(facts).flatMap((device) =>
        has(device, 13, 31, 43).flatMap((fault) => {
          const isChip = Object.values(fault.pidsByPlace).some((pids) => pids.length >= 2)
          // 43 says that a program was stopped by its own fault: one line of it tells nothing more.
          if (isChip || (fault.code === 43 && fault.count < 10)) return []
          const { code } = fault
          return [hitOf(device, [fault], { code, meaning: xidOf(code).meaning })]
        }),
      ),
  },
  {
    id: 'xid-45-alone',
    severity: 'warning',
    title: 'XID 45 without another XID',
    cause:
      'Channels were cleaned up and no error of this GPU explains it: the fabric manager lost it, or the job was killed.',
    remedy: 'If nobody stopped the job then, restart the fabric manager of the node.',
    falsifier:
      'Another XID of this GPU is in the kernel log (follow that one), or the job was stopped by hand at that time.',
    reads: 'kernel log',
    look: perDevice((device, all) => {
      const own = has(device, 45)
      // Not alone: another XID of this GPU, or one of a neighbour at that time, which takes a job over several GPUs down.
      const others = all
        .filter((other) => other.cluster === device.cluster && other.node === device.node)
        .flatMap((other) =>
          other.faults.filter(
            ({ code, kind, lastAt }) =>
              kind === 'xid' && code !== 45 && (other === device || own.some((one) => near(one.lastAt, lastAt))),
          ),
        )
      return own.length > 0 && others.length === 0 ? hitOf(device, own) : undefined
    }),
  },
  {
    id: 'recovery-action',
    severity: 'critical',
    title: 'The driver asks for: {action}',
    cause: 'XID 154 or nvidia-smi names the recovery action: the GPU stays unusable or degraded until it is done.',
    remedy: 'Drain the node, then do exactly that: {action}.',
    falsifier: 'nvidia-smi -q says GPU Recovery Action: None.',
    reads: 'kernel log (XID 154), nvidia-smi, DCGM recovery action',
    look: (facts) => {
      const told = devicesOf(facts).flatMap((device) => {
        const last = has(device, 154).sort((left, right) => right.lastAt.localeCompare(left.lastAt))[0]
        const action = last && /\bto\s+0x\w+\s*\(([^)]+)\)/.exec(last.text)?.[1]
        // What the device says now is newer than any line.
        const now = device.gpu?.recoveryAction
        if (!last || now !== undefined || (action !== undefined && /^none$/i.test(action))) return []
        return [hitOf(device, [last], { action: action ?? 'what its text names' })]
      })
      const measured = facts.gpus.flatMap((gpu): Hit[] => {
        const words = ['', 'GPU reset', 'node reboot', 'drain P2P', 'drain and reset'][gpu.recoveryAction ?? 0]
        if (!words) return []
        const source = `${gpu.sources?.recoveryAction ?? 'dcgm'}, ${gpu.cluster}/${gpu.node} GPU ${gpu.index}`
        return [
          {
            cluster: gpu.cluster,
            node: gpu.node,
            gpu: gpu.index,
            evidence: [{ source, text: `recovery action: ${words}` }],
            values: { action: words },
          },
        ]
      })
      return [...measured, ...told]
    },
  },
  {
    id: 'power-smoothing-lost',
    severity: 'warning',
    title: 'XID 163, power smoothing stopped and did not come back',
    cause: 'Without it load steps reach the power supply; an XID 162 afterwards would have cancelled it.',
    remedy: 'Watch the power of the rack; reset the GPU when it is idle.',
    falsifier: 'An XID 162 of the same GPU is newer.',
    reads: 'kernel log',
    look: perDevice((device) => {
      const lost = has(device, 163)
      const back = has(device, 162)
      const isBack = lost.every((one) => back.some((other) => other.lastAt >= one.lastAt))
      return lost.length > 0 && !isBack ? hitOf(device, lost) : undefined
    }),
  },
  {
    id: 'xid-159-alone',
    severity: 'warning',
    title: 'XID 159 without another XID',
    cause: 'A non-data error on the coherent link; beside another XID it is only its echo.',
    remedy: 'Report it to the vendor with the kernel log.',
    falsifier: 'Another XID of this GPU is in the kernel log: follow that one.',
    reads: 'kernel log',
    look: perDevice((device) => {
      const own = has(device, 159)
      return own.length > 0 && device.faults.every(({ code }) => code === 159) ? hitOf(device, own) : undefined
    }),
  },
  {
    id: 'xid-earlier',
    severity: 'info',
    title: 'Last XID {code}, not new: {meaning}',
    cause:
      'The gauge keeps the last XID until the driver is loaded again; nothing says that it happened in the time looked at.',
    remedy: 'Nothing now. Ask over a longer time if it matters when it was.',
    falsifier: 'The kernel log has the line within the time looked at.',
    reads: 'DCGM XID gauge',
    look: (facts) =>
      facts.gpus.flatMap((gpu): Hit[] => {
        const { xid, cluster, node, index } = gpu
        const isGone = xid === 79 && gpu.temperatureC === undefined
        if (xid === undefined || isGone || gpu.xidIsNew || !xidOf(xid).hardware) return []
        const told = devicesOf(facts).some((device) => device.gpu === gpu && has(device, xid).length > 0)
        if (told) return []
        return [
          {
            ...{ cluster, node, gpu: index },
            evidence: [{ source: `dcgm, ${cluster}/${node} GPU ${index}`, text: `last XID ${xid}` }],
            values: { code: xid, meaning: xidOf(xid).meaning },
          },
        ]
      }),
  },
  {
    id: 'nvswitch-fatal',
    severity: 'critical',
    title: 'SXID {code}, fatal error of an NVSwitch',
    cause: 'The switch stops links; jobs over several GPUs of the node hang or fail.',
    remedy: 'Drain the node and reset GPUs and switches together, or reboot it; report it if it comes back.',
    falsifier: 'A GPU of the node fell off the bus at that time (then follow XID 79), and all links are up now.',
    reads: 'kernel log (SXid)',
    look: (facts) => sxids(facts, true),
  },
  {
    id: 'nvswitch-error',
    severity: 'info',
    title: 'SXID {code}, non-fatal error of an NVSwitch',
    cause: 'The switch went on by itself.',
    remedy: 'Watch how often it comes.',
    falsifier: 'Jobs over NVLink slow down at the same times.',
    reads: 'kernel log (SXid)',
    look: (facts) => sxids(facts, false),
  },
]

function sxids(facts: Parameters<GpuCheck['look']>[0], fatal: boolean): Hit[] {
  const all = devicesOf(facts)
  return all.flatMap((device) =>
    device.faults
      .filter((fault) => fault.kind === 'sxid' && (fault.fatal ?? false) === fatal)
      .filter(
        (fault) => fault.code !== linkDown || !ofLostGpu(device, all).some(({ lastAt }) => near(lastAt, fault.lastAt)),
      )
      .map((fault) => hitOf(device, [fault], { code: fault.code })),
  )
}
