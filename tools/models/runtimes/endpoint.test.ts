import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { kubernetesOf } from '../../testing-upstreams.ts'
import { findEndpoint } from './endpoint.ts'
import { plain } from './plain/runtime.ts'
import { configOf } from './testing.ts'

const engine = {
  name: 'main',
  command: ['python3', '-m', 'sglang.launch_server', '--model-path', 'a/b'],
  ports: [{ name: 'api', containerPort: 30_000 }],
}
const deployment = plain.read('edge', {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'llm', namespace: 'ml' },
  spec: { template: { metadata: { labels: { app: 'llm', tier: 'a' } }, spec: { containers: [engine] } } },
})!
const service = (name: string, selector: object, ports: object[], more: object = {}): KubeObject => ({
  metadata: { name, namespace: 'ml' },
  spec: { selector, ports, ...more },
})
const find = (services: KubeObject[], wanted = deployment) =>
  findEndpoint(kubernetesOf({ cluster: 'edge', objects: { services } }), wanted, new AbortController().signal)

describe('the endpoint of a deployment', () => {
  it('is the Service whose selector matches its pods, at the port that leads to the engine', async () => {
    const services = [
      service('other', { app: 'web' }, [{ port: 80 }]),
      service('empty', {}, [{ port: 80 }]),
      service('metrics', { app: 'llm' }, [{ name: 'metrics', port: 9090, targetPort: 9090 }]),
      service('llm', { app: 'llm' }, [
        { name: 'metrics', port: 9090 },
        { port: 80, targetPort: 'api' },
      ]),
    ]
    expect(await find(services)).toEqual({ service: 'llm', port: 80, path: '/v1' })
    expect(await find(services.slice(0, 3))).toEqual({ service: 'metrics', port: 9090, path: '/v1' })
    expect(await find(services.slice(0, 2))).toBeUndefined()
  })

  it('prefers one that balances to a headless one', async () => {
    const ports = [{ port: 30_000 }]
    const headless = service('a', { app: 'llm' }, ports, { clusterIP: 'None' })
    expect(await find([headless, service('b', { app: 'llm' }, ports)])).toMatchObject({ service: 'b' })
    expect(await find([headless])).toMatchObject({ service: 'a' })
  })

  it('is known without asking where its runtime says it', async () => {
    const ours = plain.read('edge', plain.manifests(configOf(plain), 'v1')[0]!)!
    expect(await find([], ours)).toEqual({ service: 'chat', port: 8000, path: '/v1' })
  })

  it('survives garbage', async () => {
    expect(
      await find([service('x', { app: 'llm' }, [null as never, { port: 'no' }]), { metadata: { name: 'y' } }]),
    ).toBeUndefined()
  })
})
