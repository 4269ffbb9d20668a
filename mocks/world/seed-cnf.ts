import type { Boot } from './boot.ts'
import { type Cluster, ensureNamespace } from './cluster.ts'
import { podTemplate } from './templates.ts'
import { kubeTime } from './time-text.ts'

const DAY_MS = 86_400_000
const RAN = { 'node-role.kubernetes.io/ran': '' }

/** What the mobile network of a site runs, next to the operators that its radio nodes need. */
const FUNCTIONS: {
  kind: 'DaemonSet' | 'Deployment' | 'StatefulSet'
  namespace: string
  name: string
  component: string
  replicas?: number
  onRan?: true
}[] = [
  { kind: 'DaemonSet', namespace: 'du-site1', name: 'vdu', component: 'du', onRan: true },
  { kind: 'Deployment', namespace: 'cu-site1', name: 'vcu', component: 'cu', replicas: 1 },
  { kind: 'StatefulSet', namespace: 'upf-core', name: 'upf', component: 'upf', replicas: 2 },
  { kind: 'Deployment', namespace: 'core-5g', name: 'amf', component: 'amf', replicas: 1 },
  { kind: 'Deployment', namespace: 'core-5g', name: 'smf', component: 'smf', replicas: 1 },
  { kind: 'Deployment', namespace: 'core-5g', name: 'nrf', component: 'nrf', replicas: 1 },
]

const AGENTS: [string, string, string][] = [
  ['openshift-ptp', 'linuxptp-daemon', 'registry.redhat.io/openshift4/ose-ptp:v4.21'],
  [
    'openshift-sriov-network-operator',
    'sriov-network-config-daemon',
    'registry.redhat.io/openshift4/ose-sriov-network-config-daemon:v4.21',
  ],
]

/** The port of a radio node that carries fronthaul and time. */
export const FRONTHAUL = 'ens1f0'

/** Radio nodes of a cluster; only the lab at the edge has some. */
export const ranNodes = (cluster: Cluster): string[] =>
  cluster.plans.filter((plan) => plan.pool.name === 'ran').map((plan) => plan.name)

/** Network functions, precision time and virtual network functions, where a cluster has radio nodes. */
export function seedCnf(boot: Boot): void {
  const { cluster } = boot
  const nodes = ranNodes(cluster)
  if (nodes.length === 0) return
  const createdMs = cluster.bootMs - 20 * DAY_MS
  for (const one of FUNCTIONS) {
    const template = podTemplate({
      image: `registry.example/5g/${one.name}:2.8.1`,
      container: one.name,
      cpu: '2',
      memory: '4Gi',
      labels: { app: one.name, 'app.kubernetes.io/component': one.component },
      ...(one.onRan && { nodeSelector: RAN }),
    })
    const { kind, namespace, name, replicas } = one
    boot.workload({ kind, namespace, name, createdMs, template, ...(replicas !== undefined && { replicas }) })
  }
  for (const [namespace, name, image] of AGENTS) {
    const template = podTemplate({
      image,
      container: name,
      labels: { app: name },
      nodeSelector: RAN,
      hostNetwork: true,
    })
    boot.workload({ kind: 'DaemonSet', namespace, name, createdMs, template })
  }
  seedOperators(boot, nodes, createdMs)
}

function seedOperators(boot: Boot, nodes: string[], createdMs: number): void {
  const creationTimestamp = kubeTime(createdMs)
  boot.object('ptpconfigs.ptp.openshift.io', {
    apiVersion: 'ptp.openshift.io/v1',
    kind: 'PtpConfig',
    metadata: { name: 'ordinary-clock', namespace: 'openshift-ptp', creationTimestamp },
    spec: {
      profile: [{ name: 'ordinary-clock', interface: FRONTHAUL, ptp4lOpts: '-2 -s', phc2sysOpts: '-a -r -n 24' }],
      recommend: [{ profile: 'ordinary-clock', priority: 4, match: [{ nodeLabel: 'node-role.kubernetes.io/ran' }] }],
    },
    status: { matchList: nodes.map((nodeName) => ({ nodeName, profile: 'ordinary-clock' })) },
  })
  boot.object('sriovnetworknodepolicies.sriovnetwork.openshift.io', {
    apiVersion: 'sriovnetwork.openshift.io/v1',
    kind: 'SriovNetworkNodePolicy',
    metadata: { name: 'fronthaul', namespace: 'openshift-sriov-network-operator', creationTimestamp },
    spec: { resourceName: 'fronthaul', numVfs: 8, mtu: 9000, deviceType: 'vfio-pci', nodeSelector: RAN },
  })
  ensureNamespace(boot.cluster, 'openshift-sriov-network-operator', createdMs)
  for (const [index, name] of nodes.entries()) {
    boot.object('sriovnetworknodestates.sriovnetwork.openshift.io', {
      apiVersion: 'sriovnetwork.openshift.io/v1',
      kind: 'SriovNetworkNodeState',
      metadata: { name, namespace: 'openshift-sriov-network-operator', creationTimestamp },
      spec: {},
      status: {
        syncStatus: 'Succeeded',
        interfaces: [
          port(index, { name: FRONTHAUL, function: 0, vfs: 8 }),
          port(index, { name: 'ens1f1', function: 1, vfs: 0 }),
        ],
      },
    })
  }
}

const hex = (value: number) => value.toString(16).padStart(2, '0')

function port(node: number, { name, function: fn, vfs }: { name: string; function: number; vfs: number }) {
  return {
    name,
    mac: `b4:96:91:${hex(node)}:00:${hex(fn)}`,
    driver: 'ice',
    pciAddress: `0000:18:00.${fn}`,
    vendor: '8086',
    deviceID: '159b',
    mtu: 9000,
    numVfs: vfs,
    totalvfs: 64,
    linkSpeed: '25000 Mb/s',
    linkType: 'ETH',
    ...(vfs > 0 && {
      Vfs: Array.from({ length: vfs }, (_, vfID) => ({
        vfID,
        mac: `b6:96:91:${hex(node)}:${hex(fn)}:${hex(vfID)}`,
        driver: 'vfio-pci',
        pciAddress: `0000:18:01.${vfID}`,
        vendor: '8086',
        deviceID: '1889',
        ...(vfID < 4 && { Vlan: 100 + vfID }),
      })),
    }),
  }
}
