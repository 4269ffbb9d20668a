import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Capabilities } from './discover.ts'
import { storeCapabilities } from './discovery-store.ts'
import { getFleetCapabilities } from './get-fleet-capabilities.tool.ts'
import { fleetContext } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase('')
})
afterAll(() => database?.close())
const context = () => ({ ...fleetContext(), db: async () => database.db })

const found: Capabilities = {
  kubernetesVersion: 'v1.36.2',
  platform: 'openshift',
  platformVersion: '4.21.3',
  gpuCount: 16,
  gpuTypes: ['H100'],
  gpuSource: 'nodes',
  cnfTypes: ['vdu'],
  hasPtp: true,
  hasSriov: false,
  mesh: 'istio',
  services: [
    { role: 'prometheus', namespace: 'openshift-monitoring', name: 'https:prometheus-k8s', port: 9091, answers: true },
    { role: 'loki', namespace: 'logging', name: 'loki', port: 3100, answers: false, error: 'answers 503' },
  ],
  unknowns: ['CNF workloads: forbidden'],
}

it('says that nothing was looked through yet', async () => {
  expect((await getFleetCapabilities.run({} as never, context())).empty!.next).toContain('refresh_cluster')
})

it('FLT-062: tells what each cluster has, and which were not looked through', async () => {
  const at = new Date('2026-11-20T11:00:00Z')
  await database.db.transaction((tx) => storeCapabilities(tx, [{ cluster: 'east', capabilities: found }], at))
  const reply = await getFleetCapabilities.run({} as never, context())
  const { rows, facts } = reply.data as unknown as { rows: object[]; facts: { label: string; value: string }[] }
  expect(rows).toEqual([
    {
      id: 'east',
      name: 'east',
      platform: 'openshift 4.21.3',
      kubernetesVersion: 'v1.36.2',
      gpus: 16,
      gpuTypes: 'H100',
      observability: 'prometheus, (loki)',
      mesh: 'istio',
      cnf: 'vdu, PTP',
      discoveredAt: '2026-11-20T11:00:00.000Z',
      unknowns: 'CNF workloads: forbidden',
    },
  ])
  expect(facts.map(({ label, value }) => `${label} ${value}`)).toEqual([
    'GPUs 16',
    'clusters with GPUs 1',
    'with CNF 1',
    'with Prometheus 1',
    'with Thanos 0',
    'with Loki 0',
    'with Tempo 0',
  ])
  expect(reply.clusters!.filter(({ status }) => status === 'error').map(({ cluster }) => cluster)).toEqual([
    'hub',
    'dead',
    'bare',
  ])
})
