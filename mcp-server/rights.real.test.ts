import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { isToolError } from '#contract'
import { clusterChanges } from '#db/schema/kubernetes.ts'
import { type TestDatabase, testDatabase } from '#db/testing.ts'
import type { Domain, Planning, Tool } from '#define'
import { clientsConfig, createClients } from '#tools/clients/create.ts'
import { domains } from '#tools/index.ts'
import { testContext } from '#tools/testing.ts'
import { insertApproval } from '#tools/testing-world.ts'
import { available, type CrdSet, type Kubernetes, startKubernetes } from '../engines/index.ts'
import { askedOf, graphsToFind, objectsToFind } from './rights.test-data.ts'
import { clusterRole } from './roles.ts'

/** Every tool that asks Kubernetes, each as a service account of its own whose Role is exactly the tool's `access`. */
const listed = domains.flatMap((domain) =>
  domain.tools
    .filter(({ access, needs, uses }) => access.length > 0 || [...needs, ...uses].some((one) => one === 'kubernetes'))
    .map((tool) => ({ domain, tool })),
)
const each = listed
  .filter(({ tool }) => askedOf[tool.name]?.leftOut === undefined)
  .map(({ domain, tool }) => [tool.name, tool, domain] as const)
const crds = (['dynamo', 'kuberay', 'kserve'] as const).filter((set) => available(`${set}-crds`).ok) satisfies CrdSet[]
const bare = 'quartermaster-rights'

interface AuditEvent {
  verb: string
  user: { username: string }
  objectRef?: { resource?: string; apiGroup?: string; subresource?: string; namespace?: string }
  responseStatus?: { code?: number }
  requestURI: string
}

describe.skipIf(!available('kubernetes').ok)('every tool under exactly the Role made of its access', () => {
  let engine: Kubernetes
  let database: TestDatabase
  let caFile: string
  let read = 0

  beforeAll(async () => {
    engine = await startKubernetes({
      audit: true,
      crds,
      nodes: [
        { count: 1, gpus: 8, pool: 'h100' },
        { count: 3, gpus: 0, pool: 'cpu' },
      ],
    })
    database = await testDatabase()
    caFile = join(tmpdir(), `quartermaster-rights-${process.pid}.pem`)
    writeFileSync(caFile, engine.caPem)
    const admin = clientsFor(engine.token).kubernetes.for('real')
    const graphs = crds.includes('dynamo') ? graphsToFind : []
    for (const object of [
      ...objectsToFind,
      ...graphs,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: bare } },
    ])
      await admin.apply(await admin.resolveKind(`${object.kind}`), object)
    const back = async () =>
      (await admin.list(await admin.resolveKind('rs'), { labelSelector: 'app=web-back' })).items.length
    await vi.waitFor(async () => expect(await back()).toBe(2), { timeout: 60_000, interval: 500 })
  })
  afterAll(async () => {
    await database?.close()
    await engine?.stop()
  })

  function clientsFor(token: string) {
    const kubernetes = { url: engine.url, token, caFile }
    const clusters = ['real', 'twin'].map((name) => ({ name, kubernetes }))
    const prices = { source: 'test', asOf: '2026-11-01', gpuHourUsdCents: { H100: 250 } }
    return createClients(clientsConfig.parse({ clusters, prices }), { now: () => new Date(), env: {} })
  }

  const post = async (path: string, body: unknown) => {
    const { status, body: answer } = await engine.api({ method: 'POST', path, body })
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(answer).slice(0, 300)}`)
    return answer as { status: { token: string } }
  }

  /** A token of a new service account that may do what the role says, or nothing. */
  async function accountWith(name: string, role: object | undefined): Promise<string> {
    const rbac = '/apis/rbac.authorization.k8s.io/v1'
    const accounts = `/api/v1/namespaces/${bare}/serviceaccounts`
    await post(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
    if (role) {
      await post(`${rbac}/clusterroles`, role)
      await post(`${rbac}/clusterrolebindings`, {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: bare }],
      })
    }
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
    return (await post(`${accounts}/${name}/token`, request)).status.token
  }

  /** What a service account asked for since the last look: resource requests only. */
  function requestsOf(name: string): { right: string; code: number }[] {
    const events = readFileSync(engine.auditLogPath, 'utf8').slice(read).split('\n').filter(Boolean)
    return events
      .map((line) => JSON.parse(line) as AuditEvent)
      .filter(({ user, objectRef }) => user.username === `system:serviceaccount:${bare}:${name}` && objectRef?.resource)
      .filter(({ objectRef }) => objectRef!.resource !== 'selfsubjectreviews')
      .map(({ verb, objectRef, responseStatus }) => {
        const { resource, subresource, apiGroup = '' } = objectRef!
        return {
          right: `${verb} ${apiGroup}/${resource}${subresource ? `/${subresource}` : ''}`,
          code: responseStatus?.code ?? 0,
        }
      })
  }

  function inputOf(tool: Tool, own = askedOf[tool.name]?.input): object {
    if (own) return own
    const example = tool.examples[0] as Record<string, unknown>
    return {
      ...example,
      ...('cluster' in example && { cluster: 'real' }),
      ...('clusters' in tool.input.shape && { clusters: ['real'] }),
    }
  }

  /** Plans and runs as the road does, and lets the jobs of the domain look once. Answers all that was said. */
  async function ask(
    tool: Tool,
    domain: Domain,
    { token, key, asked }: { token: string; key: string; asked?: object | undefined },
  ): Promise<string> {
    const clients = clientsFor(token)
    const ctx = testContext({ clients, db: database.db, now: () => new Date(), idempotencyKey: key, events: [] })
    try {
      let input = tool.input.parse(inputOf(tool, asked)) as Record<string, unknown>
      let said = ''
      if (tool.plan) {
        const { input: settled, ...plan } = (await tool.plan(input as never, ctx)) as Planning<Record<string, unknown>>
        expect(
          plan.checks.filter(({ state }) => state === 'fail'),
          JSON.stringify(plan.checks),
        ).toEqual([])
        input = settled ?? input
        said = JSON.stringify(plan)
        await insertApproval(database.db, key)
        // What other tools began is followed with other rights.
        await database.db.update(clusterChanges).set({ state: 'succeeded' })
      }
      const reply = await tool.run(input as never, ctx)
      if (tool.plan) for (const job of domain.jobs) await job.run(ctx)
      return `${said}${JSON.stringify(reply)}`
    } catch (error) {
      if (!isToolError(error)) throw error
      return JSON.stringify(error.toPayload())
    } finally {
      clients.close()
    }
  }

  it('there are such tools, and no entry for one that is gone', () => {
    expect(listed.length).toBeGreaterThan(20)
    const names = new Set(listed.map(({ tool }) => tool.name))
    expect(Object.keys(askedOf).filter((name) => !names.has(name))).toEqual([])
  })

  it.each(each)('%s needs nothing beside', async (name, tool, domain) => {
    const account = `with-${name.replaceAll('_', '-')}`
    read = readFileSync(engine.auditLogPath, 'utf8').length
    const token = await accountWith(account, clusterRole(account, tool.access))
    const said = await ask(tool, domain, { token, key: account })
    const asked = requestsOf(account)
    expect(
      asked.filter(({ code }) => code === 403),
      said,
    ).toEqual([])
    if (askedOf[name]?.silent === undefined)
      expect(asked.length, `${name} asked nothing of Kubernetes: ${said.slice(0, 300)}`).toBeGreaterThan(0)
    expect(said).not.toMatch(/"code":"(not-found|invalid-input|invalid-request|internal|upstream-denied)"/)
  })

  const better = each.filter(([name]) => askedOf[name]?.without)

  it.each(better)(
    'MOD-044: %s works without the rights that only tell more, and says what it does not know',
    async (name, tool, domain) => {
      const { rights, says, input } = askedOf[name]!.without!
      const account = `less-${name.replaceAll('_', '-')}`
      const kept = tool.access.filter(
        ({ group, resource }) => !rights.some((one) => one.group === group && one.resource === resource),
      )
      expect(kept.length).toBeLessThan(tool.access.length)
      const token = await accountWith(account, clusterRole(account, kept))
      const said = await ask(tool, domain, { token, key: account, asked: input })
      expect(said).not.toMatch(/"code":"/)
      if (says) expect(said).toMatch(says)
    },
  )

  it.each(each)('%s without it says which right is missing', async (name, tool, domain) => {
    if (askedOf[name]?.silent) return
    const account = `without-${name.replaceAll('_', '-')}`
    read = readFileSync(engine.auditLogPath, 'utf8').length
    const token = await accountWith(account, undefined)
    const said = await ask(tool, domain, { token, key: account })
    const refused = requestsOf(account)
    expect(refused.length).toBeGreaterThan(0)
    expect(
      refused.filter(({ code }) => code < 400),
      said,
    ).toEqual([])
    expect(said).toMatch(/forbid|cannot (get|list|create|patch|watch)/)
  })
})
