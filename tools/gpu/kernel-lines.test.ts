import { describe, expect, it } from 'vitest'
import { deviceOf, faultIn } from './kernel-lines.ts'

// Written from NVIDIA's documentation of the lines and the driver's public format, not taken from a machine.
describe('faultIn', () => {
  it.each([
    [
      'NVRM: Xid (PCI:0000:18:00): 79, pid=1234, name=python3, GPU has fallen off the bus.',
      {
        kind: 'xid',
        code: 79,
        device: '0000:18:00',
        pid: 1234,
        process: 'python3',
        text: 'GPU has fallen off the bus.',
      },
    ],
    [
      "[12345.678901] NVRM: Xid (PCI:0000:18:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.",
      { kind: 'xid', code: 79, device: '0000:18:00', text: 'GPU has fallen off the bus.' },
    ],
    [
      'Nov 20 11:02:03 node-1 kernel: NVRM: Xid (PCI:0000:18:00): 79, GPU has fallen off the bus.',
      { kind: 'xid', code: 79, device: '0000:18:00', text: 'GPU has fallen off the bus.' },
    ],
    [
      'NVRM: Xid (PCI:0000:3a:00.0): 94, pid=77, name=my app, Contained: SM (0x1). RST: No, D-RST: No',
      { code: 94, device: '0000:3a:00', pid: 77, process: 'my app', text: 'Contained: SM (0x1). RST: No, D-RST: No' },
    ],
    [
      'NVRM: Xid (PCI:0000:9A:00): 13, pid=5, name=a, Graphics SM Warp Exception on (GPC 3, TPC 1, SM 0): Out Of Range Address',
      { code: 13, device: '0000:9a:00', place: 'GPC 3, TPC 1' },
    ],
    [
      'NVRM: Xid (PCI:0000:9a:00): 31, pid=5, name=a, Ch 00000010, intr 10000000. MMU Fault: ENGINE GRAPHICS GPC2 GPCCLIENT_T1_3 faulted @ 0x7f_0',
      { code: 31, place: 'GPC 2, GPCCLIENT_T1_3' },
    ],
    [
      'NVRM: Xid (PCI:0018:01:00): 145, RLW_REMAP Nonfatal XC0 i0 Link 02',
      { code: 145, device: '0018:01:00', fatal: false },
    ],
    ['NVRM: Xid (PCI:0018:01:00): 149, NETIR_LINK_EVT Fatal XC0 i0 Link 02', { code: 149, fatal: true }],
    ['NVRM: Xid (PCI:0000:18:00): 45', { code: 45, text: '' }],
    [
      'nvidia-nvswitch3: SXid (PCI:0000:c6:00.0): 20034, Fatal, Link 60 LTSSM Fault Up',
      { kind: 'sxid', code: 20034, device: '0000:c6:00', fatal: true, text: 'Fatal, Link 60 LTSSM Fault Up' },
    ],
    [
      'nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 12028, Non-fatal, Link 32 egress non-posted PRIV error',
      { fatal: false },
    ],
  ])('%s', (line, expected) => expect(faultIn(line)).toMatchObject(expected))

  it.each([
    'audit: type=1400 apparmor="STATUS"',
    'NVRM: loading NVIDIA UNIX x86_64 Kernel Module 580.95.05',
    'Worker died: CUDA error (Xid 79)',
    '',
    'NVRM: Xid (PCI:0000:18:00): , pid=1',
  ])('is silent on %j', (line) => expect(faultIn(line)).toBeUndefined())

  it('takes a line of ten megabytes in its stride', () => {
    expect(faultIn(`NVRM: Xid (PCI:0000:18:00): 13, ${'GPC '.repeat(2_500_000)}`)).toMatchObject({ code: 13 })
  })
})

it('knows a device under each of its spellings', () => {
  for (const pci of ['00000000:18:00.0', '0000:18:00', '0000:18:00.0', '18:00'])
    expect(deviceOf(pci)).toBe('0000:18:00')
  expect(deviceOf('00000018:01:00.0')).toBe('0018:01:00')
})
