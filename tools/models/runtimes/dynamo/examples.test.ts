import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'
import { dynamoRequest } from './request.ts'
import { dynamo } from './runtime.ts'

// The manifests of Dynamo's own repository (examples/backends/*/deploy), unmodified, in a folder beside the checkout. They are not
// ours to keep here; `fixtures.test-data.ts` has the shapes by hand.
const checkout = join(import.meta.dirname, '../../../..')
const folders = ['..', '../..'].map((up) => join(checkout, up, 'shared', 'examples-manifests', 'dynamo'))
const folder = folders.find((one) => existsSync(one)) ?? ''
const isThere = folder !== ''
if (!isThere) process.stderr.write('SKIPPED: shared/examples-manifests/dynamo is not beside the checkout\n')

const documents = (file: string): KubeObject[] =>
  parseAllDocuments(readFileSync(join(folder, file), 'utf8')).map((one) => one.toJS() as KubeObject)
const graphs = isThere
  ? readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => documents(file).map((object) => [file, object] as const))
      .filter(([, { kind }]) => kind === 'DynamoGraphDeployment')
  : []

/** What the name of the file says: `vllm.disagg_planner.yaml`. */
const meant = (file: string) => {
  const [engine = '', shape = ''] = file.split('.')
  return { engine: engine === 'mocker' ? undefined : engine, isSplit: shape.startsWith('disagg'), shape }
}

describe.skipIf(!isThere)("Dynamo's own example manifests", () => {
  it('are there, all of them', () => {
    expect(graphs.length).toBeGreaterThanOrEqual(17)
  })

  it.each(graphs.filter(([file]) => !file.includes('sample')))('%s reads as what it is', (file, object) => {
    const { engine, isSplit, shape } = meant(file)
    const found = dynamo.read('gpu-east', object)!
    expect(found.engine).toBe(engine)
    expect(found.mode).toBe(isSplit ? 'disaggregated' : 'aggregated')
    expect(found.model).toMatch(/^[\w-]+\/[\w.-]+$/)
    expect(found.components.filter(({ role }) => role === 'frontend')).toHaveLength(1)
    expect(found.components.some(({ role }) => role === 'planner')).toBe(shape.includes('planner'))
    const workers = found.components.filter(({ role }) => /worker|prefill|decode/.test(role))
    // The mocker's single worker calls itself one that decodes
    expect(
      workers
        .map(({ role }) => role)
        .sort()
        .join(),
    ).toMatch(isSplit ? /^decode,prefill$/ : /^(worker|decode)$/)
    for (const worker of workers) expect(worker.gpusPerReplica).toBe(engine === undefined ? 0 : 1)
    expect(found.endpoint).toEqual({ service: `${object.metadata.name}-frontend`, port: 8000, path: '/v1' })
  })

  it('the sample without components is a deployment without a model', () => {
    const [, sample] = graphs.find(([file]) => file.includes('v1alpha1.sample'))!
    expect(dynamo.read('gpu-east', sample)).toMatchObject({ components: [], keptBy: 'kustomize', phase: 'pending' })
  })

  it('the sample of a request reads as one', () => {
    const [request] = documents('dgdr.sample.yaml')
    expect(dynamoRequest.read('gpu-east', request!)).toMatchObject({ model: 'Qwen/Qwen3-0.6B', engine: 'trtllm' })
  })
})
