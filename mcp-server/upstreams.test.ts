import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readUpstreams } from './upstreams.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartermaster-upstreams-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}
const read = async (name: string, text: string) => readUpstreams({ configFile: await file(name, text), env: {} })

const yaml = `
clusters:
  - name: gpu-east
    type: spoke
    kubernetes: { url: https://k8s.example:6443, token: cluster-token-1 }
    prometheus: { url: https://prometheus.example, bearerToken: { env: PROM_TOKEN } }
    loki: { url: https://loki.example, headers: { X-Scope: header-secret-1 } }
    alertmanager: { url: https://am.example, basic: { username: ops, password: password-1 } }
ray:
  - { name: lab, dashboardUrl: http://ray:8265, token: { file: /run/secrets/ray } }
llm: { baseUrl: http://vllm:8000/v1, apiKey: llm-key-1 }
`

describe('what is outside', () => {
  it('is read from YAML or JSON, the same', async () => {
    const { parse } = await import('yaml')
    const fromYaml = await read('fleet.yaml', yaml)
    const fromJson = await read('fleet.json', JSON.stringify(parse(yaml)))
    expect(fromYaml).toEqual(fromJson)
    expect(fromYaml.config.clusters[0]).toMatchObject({ name: 'gpu-east', type: 'spoke' })
  })

  it('tells the secrets that stand in it, and not the names of those that do not', async () => {
    expect((await read('fleet.yaml', yaml)).secrets.sort()).toEqual([
      'cluster-token-1',
      'header-secret-1',
      'llm-key-1',
      'password-1',
    ])
  })

  it('is nothing without a file: everything is hidden and the server starts', async () => {
    expect((await readUpstreams({ env: {} })).config).toMatchObject({ clusters: [], ray: [] })
    expect((await read('empty.yaml', '')).config.clusters).toEqual([])
  })

  it('makes a cluster of every context of a kubeconfig', async () => {
    const kubeconfig = await file(
      'kubeconfig',
      `apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: "https://a.example:6443" } }, { name: b, cluster: { server: "https://b.example:6443" } }]
users: [{ name: u, user: { token: kubeconfig-token } }]
contexts: [{ name: gpu-east, context: { cluster: a, user: u } }, { name: gpu-west, context: { cluster: b, user: u } }]
current-context: gpu-east
`,
    )
    const { config } = await readUpstreams({ kubeconfig, env: {} })
    expect(config.clusters.map(({ name }) => name)).toEqual(['gpu-east', 'gpu-west'])
  })

  it.each([
    ['a file that is not there', 'missing.yaml', undefined, 'QM_CONFIG', 'cannot be read'],
    ['broken JSON', 'broken.json', '{ "clusters": [', 'QM_CONFIG', 'not JSON'],
    ['broken YAML', 'broken.yaml', 'clusters: [', 'QM_CONFIG', 'not YAML'],
    ['a list', 'list.yaml', '- 1', 'QM_CONFIG', 'not valid'],
    ['an unknown key', 'key.yaml', 'cluster: []', 'QM_CONFIG', 'cluster'],
    ['a cluster without a name', 'name.yaml', 'clusters: [{ type: spoke }]', 'clusters.0.name', 'name'],
    [
      'two clusters of one name',
      'twice.yaml',
      'clusters: [{ name: gpu-east }, { name: gpu-east }]',
      'clusters.1.name',
      'twice',
    ],
    ['an address that is none', 'url.yaml', 'qubic: { url: nowhere }', 'qubic.url', 'qubic.url'],
  ])('%s is refused, naming the place and what to do', async (_, name, text, field, words) => {
    const configFile = text === undefined ? join(folder, name) : await file(name, text)
    await expect(readUpstreams({ configFile, env: {} })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(words),
      options: { field, next: expect.stringMatching(/./) },
    })
  })
})
