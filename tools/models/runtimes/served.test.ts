import { describe, expect, it } from 'vitest'
import { ToolError } from '#contract'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { graphOf, servingCluster } from '../testing-served.ts'
import { findServed, listServed } from './served.ts'

const signal = new AbortController().signal
const broken = (name: string): KubeObject => ({ ...graphOf(name), spec: { components: 'many' } })
const cluster = (graphs: KubeObject[], refused: string[] = []) =>
  servingCluster({ cluster: 'east', objects: { dynamographdeployments: graphs }, refused })
const failureOf = (found: Promise<unknown>) =>
  found.then(
    () => undefined,
    (error: unknown) => error as ToolError,
  )

describe('what serves on a cluster', () => {
  it('an object that does not fit hides no other, and is counted with its reason (MOD-044)', async () => {
    const client = cluster([broken('odd'), graphOf('good'), broken('strange')])
    const { deployments, unread } = await listServed(client, { signal })
    expect(deployments.map(({ name }) => name)).toEqual(['good'])
    expect(unread).toEqual([
      {
        runtime: 'dynamo',
        reason: expect.stringMatching(/^inference\/odd and 1 more: .*components/),
        objects: ['inference/odd', 'inference/strange'],
      },
    ])
  })

  it('asked for by name, what does not fit says where', async () => {
    const client = cluster([broken('odd'), graphOf('good')])
    expect(await failureOf(findServed(client, { name: 'odd', signal }))).toMatchObject({ code: 'upstream-garbage' })
    expect(await findServed(client, { name: 'good', signal })).toMatchObject({ name: 'good' })
  })

  it('where nothing may be read the refusal is said, not that it is absent', async () => {
    const client = cluster([graphOf('good')], ['dynamographdeployments', 'dynamographdeploymentrequests'])
    const error = await failureOf(findServed(client, { name: 'good', signal }))
    expect(error).toBeInstanceOf(ToolError)
    expect(error).toMatchObject({ code: 'upstream-denied', message: expect.stringContaining('forbidden') })
    expect((await listServed(client, { signal })).unread).toHaveLength(2)
  })

  it('where one runtime may not be read, not-found says so beside the names there are', async () => {
    const client = cluster([graphOf('good')], ['dynamographdeploymentrequests'])
    const error = await failureOf(findServed(client, { name: 'absent', signal }))
    expect(error).toMatchObject({ code: 'not-found' })
    expect(error!.options.next).toMatch(/inference\/good; not readable: .*forbidden/)
  })
})
