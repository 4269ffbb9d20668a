import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../clients/kubernetes/types.ts'
import { getSriovStatus } from './get-sriov-status.tool.ts'
import { cnfContext, site } from './testing.ts'

const port = {
  name: 'ens1f0',
  pciAddress: '0000:18:00.0',
  driver: 'ice',
  vendor: '8086',
  deviceID: '159b',
  totalvfs: 64,
  numVfs: 2,
  mtu: 9000,
  linkSpeed: '25000 Mb/s',
  Vfs: [
    { vfID: 0, mac: 'b6:96:91:00:00:01', Vlan: 100, driver: 'vfio-pci' },
    { vfID: 1, mac: 'b6:96:91:00:00:02' },
  ],
}
const state = (node: string, interfaces: object[], status: object = {}): KubeObject => ({
  metadata: { name: node, namespace: 'openshift-sriov-network-operator' },
  status: { syncStatus: 'Succeeded', interfaces, ...status },
})
const states = [
  state('n1', [port, { ...port, name: 'ens1f1', pciAddress: '0000:18:00.1', numVfs: 0, Vfs: undefined }]),
  state('n2', [
    { ...port, linkSpeed: '-1 Mb/s' },
    { name: 'eno1', totalvfs: 0 },
  ]),
  state('n3', [port], { syncStatus: 'Failed', lastSyncError: 'cannot set numVfs' }),
]
interface Data {
  rows: Record<string, unknown>[]
  facts: { label: string; value: string }[]
}
const run = async (input: object = {}, kubernetes = site({ states })) => {
  const reply = await getSriovStatus.run(getSriovStatus.input.parse(input) as never, cnfContext({ kubernetes }))
  return { ...reply, data: reply.data as unknown as Data }
}

describe('get_sriov_status', () => {
  it('CNF-010: has each port with its functions possible and configured, troubled ones first', async () => {
    const { data } = await run()
    expect(
      data.rows.map(({ node, interface: name, configuredVfs, totalVfs, problem }) => [
        node,
        name,
        configuredVfs,
        totalVfs,
        problem,
      ]),
    ).toEqual([
      ['n2', 'ens1f0', 2, 64, 'link is down'],
      ['n3', 'ens1f0', 2, 64, 'configuration failed: cannot set numVfs'],
      ['n1', 'ens1f0', 2, 64, undefined],
      ['n1', 'ens1f1', 0, 64, undefined],
    ])
    expect(data.rows[2]).toMatchObject({
      vendor: 'Intel',
      deviceId: '159b',
      driver: 'ice',
      mtu: 9000,
      linkSpeed: '25000 Mb/s',
    })
    expect(data.rows[2]!.vfs).toBeUndefined()
    expect(data.facts.map(({ value }) => value)).toEqual(['256', '6', '2 %'])
  })

  it('shows each function of one node', async () => {
    const { data } = await run({ node: 'n1' })
    expect(data.rows[0]!.vfs).toEqual([
      { id: 0, mac: 'b6:96:91:00:00:01', vlan: 100, driver: 'vfio-pci' },
      { id: 1, mac: 'b6:96:91:00:00:02' },
    ])
    const text = getSriovStatus.text(data as never, { shown: 2, total: 2 })
    expect(text).toContain('n1 ens1f0:\nvf\tmac\tvlan\tdriver\n0\tb6:96:91:00:00:01\t100\tvfio-pci')
  })

  it('says what is missing: the operator, or the node', async () => {
    expect((await run({}, site({}))).empty!.likely[0]).toContain('operator')
    expect((await run({ node: 'n9' })).empty!.title).toBe('Node n9 has no SR-IOV port')
  })
})
