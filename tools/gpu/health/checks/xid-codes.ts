import { xidOf } from '../../xid.ts'
import type { GpuCheck } from '../facts.ts'
import { devicesOf, has, hitOf } from '../faults.ts'
import { smiHits } from '../smi-hits.ts'

/** A code, or some of them, each a finding of its own. */
const codes =
  (...wanted: number[]): GpuCheck['look'] =>
  (facts) =>
    devicesOf(facts).flatMap((device) =>
      wanted.flatMap((code) => {
        const found = has(device, code)
        const { meaning, action } = xidOf(code)
        return found.length > 0 ? [hitOf(device, found, { code, meaning, action })] : []
      }),
    )

const handled = new Set([
  ...[13, 31, 43, 45, 48, 63, 64, 74, 79, 92, 94, 95, 140, 144, 145, 146, 147, 148, 149, 150, 154, 162, 163, 171, 172],
  ...[54, 78, 119, 120, 151, 159, 164, 165, 167, 168, 169],
])

const byBucket =
  (...buckets: string[]): GpuCheck['look'] =>
  (facts) =>
    devicesOf(facts).flatMap((device) =>
      [
        ...Map.groupBy(
          device.faults.filter(({ kind }) => kind === 'xid'),
          ({ code }) => code,
        ),
      ].flatMap(([code, faults]) => {
        const { bucket, meaning, action, known } = xidOf(code)
        if (!known || handled.has(code) || !buckets.includes(bucket)) return []
        return [hitOf(device, faults, { code, meaning, action })]
      }),
    )

const kernel = 'kernel log, DCGM XID'

/** XIDs that mean the same whatever else there is. */
export const xidCodeChecks: readonly GpuCheck[] = [
  {
    id: 'gsp-timeout',
    severity: 'critical',
    title: 'XID {code}, {meaning}',
    cause: 'The firmware processor of the GPU hangs; calls to the driver hang with it.',
    remedy: 'Drain the node and {action}; update the driver if it comes back on several nodes.',
    falsifier: 'nvidia-smi answers at once and the XID does not come again after a reset.',
    reads: kernel,
    look: codes(119, 120),
  },
  {
    id: 'xid-reset-gpu',
    severity: 'critical',
    title: 'XID {code}, {meaning}',
    cause: 'The catalogue asks for a reset: the GPU is not to be trusted until then.',
    remedy: 'Drain what is on it and {action}; reboot the node if the reset fails.',
    falsifier: 'The recovery action of nvidia-smi -q is None and new work runs on the GPU without the XID.',
    reads: kernel,
    look: byBucket('reset-gpu'),
  },
  {
    id: 'xid-pcie-or-controller',
    severity: 'critical',
    title: 'XID {code}, {meaning}',
    cause:
      'A fatal timeout of PCIe (167) or a halt of the security controller (169): the catalogue names no action yet, the GPU does not work on.',
    remedy: 'Drain the node, reboot it, and report it to the vendor.',
    falsifier: 'The GPU computes on without a reset.',
    reads: kernel,
    look: codes(167, 169),
  },
  {
    id: 'xid-power-connector',
    severity: 'critical',
    title: 'XID 54, auxiliary power is not connected',
    cause: 'A power cable of the board is loose or its supply is off.',
    remedy: 'Have somebody check cabling and seating before the GPU is used.',
    falsifier: 'The board draws its full power under load.',
    reads: `${kernel}, nvidia-smi exit code 8`,
    look: (facts) => [...codes(54)(facts), ...smiHits(facts, 'external-power')],
  },
  {
    id: 'power-smoothing-worn',
    severity: 'info',
    title: 'XID {code}, {meaning}',
    cause: 'The power smoothing parts of the board wear out.',
    remedy: 'Plan the replacement of the board with the vendor.',
    falsifier: 'The vendor says that the counter is wrong for this board.',
    reads: 'kernel log',
    look: codes(164, 165),
  },
  {
    id: 'xid-restart-vm',
    severity: 'critical',
    title: 'XID 151, {meaning}',
    cause: 'Confidential computing could not rotate its keys: the virtual machine is cut off from the GPU.',
    remedy: 'Restart the virtual machine.',
    falsifier: 'The program in the machine computes on.',
    reads: kernel,
    look: codes(151),
  },
  {
    id: 'xid-update-software',
    severity: 'warning',
    title: 'XID 78, {meaning}',
    cause: 'Host and guest driver of vGPU do not fit.',
    remedy: 'Update driver and firmware of both sides to versions that belong together.',
    falsifier: 'The vGPU starts with the versions it has.',
    reads: kernel,
    look: codes(78),
  },
  {
    id: 'xid-vendor',
    severity: 'warning',
    title: 'XID {code}, {meaning}',
    cause: 'The catalogue leaves it to the vendor.',
    remedy: 'Collect nvidia-bug-report.log.gz and contact the vendor; watch whether it comes again.',
    falsifier: 'It does not come again under the same load.',
    reads: kernel,
    look: byBucket('contact-support', 'none'),
  },
  {
    id: 'xid-restart-app',
    severity: 'info',
    title: 'XID {code}, {meaning}',
    cause: 'The catalogue asks to restart the application.',
    remedy: 'Restart the program that was on the GPU.',
    falsifier: 'It comes again with other programs.',
    reads: kernel,
    look: byBucket('restart-app'),
  },
  {
    id: 'xid-watch',
    severity: 'info',
    title: 'XID {code}, {meaning}',
    cause: 'The catalogue asks for nothing: it is told for what comes after it.',
    remedy: 'Watch it.',
    falsifier: 'Other XIDs of the same GPU follow.',
    reads: kernel,
    look: byBucket('ignore'),
  },
  {
    id: 'xid-unknown',
    severity: 'warning',
    title: 'XID {code}, which the catalogue does not have',
    cause: 'A newer driver than the catalogue of 2025-10-29.',
    remedy: 'Look it up in the release notes of the driver; contact the vendor.',
    falsifier: 'The release notes call it informational.',
    reads: kernel,
    look: (facts) =>
      devicesOf(facts).flatMap((device) =>
        device.faults
          .filter(({ kind, code }) => kind === 'xid' && !xidOf(code).known)
          .map((fault) => hitOf(device, [fault], { code: fault.code })),
      ),
  },
]
