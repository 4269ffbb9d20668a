import { describe, expect, it } from 'vitest'
import { xidInText, xidOf } from './xid.ts'
import { xidCatalogue } from './xid-catalogue.ts'

/** The 172 codes of NVIDIA's sheet of 2025-10-29 by what they ask for first, written down apart from the catalogue's rows. */
const expected: Record<string, string> = {
  'contact-support': '1-7 9-10 12 15-24 26-30 33-36 42 47 49-53 55-59 61 65 73 81 87 90-91 111-118 122-125 138 142',
  'restart-app': '8 11 13 25 31-32 39-41 60 68-72 75-77 80 82-86 88-89 94 96-105 126-135 139',
  ignore: '14 37-38 43-44 63 66-67 92-93 106-108 121 137 141 152-153 157 160-161',
  'reset-gpu': '46 62 64 95 109-110 119-120 136 140 143 155-156 158',
  'workflow-xid-45': '45',
  'workflow-xid-48': '48',
  'check-mechanicals': '54',
  'workflow-nvlink': '74',
  'update-software': '78',
  'reboot-node': '79',
  'workflow-nvlink5': '144-150',
  'restart-vm': '151',
  'read-recovery-action': '154',
  'check-uvm': '159',
  none: '162-172',
}
const codesOf = (ranges: string) =>
  ranges.split(' ').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
const rows = Object.entries(expected).flatMap(([bucket, ranges]) => codesOf(ranges).map((code) => ({ code, bucket })))

describe('the XID catalogue (GPU part of the issue: 172 of 172)', () => {
  it('has each of the 172 codes once', () => {
    expect(rows).toHaveLength(172)
    expect(xidCatalogue.map(([code]) => code)).toEqual(Array.from({ length: 172 }, (_, index) => index + 1))
  })

  it.each(rows)('XID $code: $bucket', ({ code, bucket }) => {
    const xid = xidOf(code)
    expect(xid).toMatchObject({ code, bucket, known: true })
    expect(xid.meaning.length).toBeGreaterThan(4)
    expect(xid.action.length).toBeGreaterThan(4)
  })

  it.each([13, 31, 43, 45, 68])('%i is a program, as the device plugin has it', (code) =>
    expect(xidOf(code).hardware).toBe(false),
  )
  it.each([48, 63, 64, 74, 79, 92, 94, 95, 119, 140, 158, 171])('%i is hardware', (code) =>
    expect(xidOf(code).hardware).toBe(true),
  )
  it('leaves a code of a newer driver to the vendor', () =>
    expect(xidOf(999)).toMatchObject({ meaning: 'XID 999', bucket: 'contact-support', known: false }))
})

it('finds an XID in a line of any log', () => {
  expect(xidInText('NVRM: Xid (PCI:0000:18:00): 79, pid=1234, GPU has fallen off the bus.')).toEqual({
    code: 79,
    device: '0000:18:00',
  })
  expect(xidInText('nothing here')).toBeUndefined()
})
