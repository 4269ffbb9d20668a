import * as z from 'zod'
import { cards, type Fact, isToolError, ToolError } from '#contract'
import { defineTool } from '#define'
import { cluster, optionalWord } from '../arguments.ts'
import type { KubeObject, KubernetesCluster, ResourceKind } from '../clients/kubernetes/types.ts'
import { nearest } from '../scope.ts'
import { cell, factsLine, lines, outsideNote } from '../text.ts'
import { cutYaml, memberAt, readable, toYaml } from './object-yaml.ts'
import { ownerOf, podState } from './pod-status.ts'
import { readableKinds } from './readable-kinds.ts'
import { asPod, type Condition } from './shapes.ts'

const input = z.strictObject({
  cluster,
  kind: z.string().describe('Pod, deploy, rayclusters.ray.io'),
  name: z.string().describe('Object name'),
  namespace: optionalWord('Default: found by name'),
  path: optionalWord('Only this part: spec.template'),
})

/** One object of any kind as YAML. */
export const getResource = defineTool({
  name: 'get_resource',
  title: 'Kubernetes object',
  about:
    'One object of any kind as YAML with its state in short. Values of Secrets are never shown. Why a pod fails: diagnose_pod.',
  risk: 'read',
  card: 'record',
  needs: ['fleet', 'kubernetes'],
  input,
  output: cards.record.payload,
  examples: [
    { cluster: 'gpu-east', kind: 'deployment', name: 'web', namespace: 'shop' },
    { cluster: 'gpu-east', kind: 'Node', name: 'gpu-east-h100-01', path: 'status.conditions' },
  ],
  route: { method: 'GET', path: '/clusters/{cluster}/resources' },
  access: readableKinds,
  text: ({ title, facts, yaml, note }) =>
    lines(title, factsLine(facts), note && `cut: ${note}`, `${outsideNote.replace('Quoted text', 'The object')}`, yaml),
  async run(input, ctx) {
    const [name] = ctx.scope([input.cluster])
    const client = ctx.clients.kubernetes.for(name!)
    const kind = await client.resolveKind(input.kind, ctx.signal)
    const object = await find(client, kind, { ...input, signal: ctx.signal })
    const whole = readable({ ...object, kind: object.kind ?? kind.kind })
    const part = input.path === undefined ? whole : memberAt(whole, input.path)
    const title = `${kind.kind} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ''}${object.metadata.name} on ${name}`
    if (part === undefined)
      return {
        empty: {
          title: `${title} has no ${cell(input.path, 80)}`,
          likely: [`Its parts are ${Object.keys(whole).join(', ')}`],
          next: ['get_resource without path, or with one of these'],
        },
      }
    return { data: { title, kind: kind.kind, facts: factsOf(object, ctx.now()), ...cutYaml(toYaml(part)) } }
  },
})

interface Wanted {
  name: string
  namespace?: string | undefined
  signal: AbortSignal
}

async function find(client: KubernetesCluster, kind: ResourceKind, wanted: Wanted): Promise<KubeObject> {
  const { name, namespace, signal } = wanted
  if (kind.namespaced && namespace === undefined) return findAnywhere(client, kind, wanted)
  try {
    return await client.get(kind, { name, signal, ...(kind.namespaced && namespace && { namespace }) })
  } catch (error) {
    if (!isToolError(error) || error.code !== 'not-found') throw error
    const query = { limit: 500, signal, ...(kind.namespaced && namespace && { namespace }) }
    const { items } = await client.list(kind, query).catch(() => ({ items: [] }))
    throw missing(kind, wanted, {
      cluster: client.cluster,
      names: items.map((item) => item.metadata.name),
      cause: error,
    })
  }
}

async function findAnywhere(client: KubernetesCluster, kind: ResourceKind, wanted: Wanted): Promise<KubeObject> {
  const { name, signal } = wanted
  const { items } = await client.list(kind, { fieldSelector: `metadata.name=${name}`, signal })
  if (items.length === 1) return items[0]!
  if (items.length > 1)
    throw new ToolError('invalid-request', `${items.length} namespaces have a ${kind.kind} ${name}.`, {
      next: `Name one: ${items
        .slice(0, 20)
        .map((item) => item.metadata.namespace)
        .join(', ')}`,
      field: 'namespace',
      cluster: client.cluster,
    })
  const all = await client.list(kind, { limit: 500, signal })
  throw missing(kind, wanted, { cluster: client.cluster, names: all.items.map((item) => item.metadata.name) })
}

function missing(
  kind: ResourceKind,
  { name, namespace }: Wanted,
  { cluster, names, cause }: { cluster: string; names: string[]; cause?: unknown },
): ToolError {
  const near = nearest(name, names)
  const where = namespace && kind.namespaced ? ` in ${namespace}` : ''
  return new ToolError('not-found', `${cluster} has no ${kind.kind} ${cell(name, 120)}${where}.`, {
    next: near
      ? `Did you mean ${cell(near, 120)}?`
      : names.length > 0
        ? `There are ${names
            .slice(0, 8)
            .map((one) => cell(one, 60))
            .join(', ')}`
        : `There is no ${kind.kind}${where || ` on ${cluster}`} at all.`,
    field: 'name',
    cluster,
    cause,
  })
}

function factsOf(object: KubeObject, now: Date): Fact[] {
  const { metadata, spec = {}, status = {} } = object
  const facts: Fact[] = []
  if (object.kind === 'Pod') {
    const state = podState(asPod(object), now)
    facts.push({ label: 'status', value: state.status, tone: state.tone })
    facts.push({ label: 'ready', value: `${state.readyContainers}/${state.containers}` })
    if (state.restarts > 0) facts.push({ label: 'restarts', value: String(state.restarts) })
  } else if (typeof status.phase === 'string' || typeof status.state === 'string')
    facts.push({ label: 'status', value: cell(String(status.phase ?? status.state), 40) })
  if (typeof spec.replicas === 'number') {
    const ready = typeof status.readyReplicas === 'number' ? status.readyReplicas : 0
    facts.push({
      label: 'replicas',
      value: `${ready} of ${spec.replicas} ready`,
      tone: ready < spec.replicas ? 'warn' : 'good',
    })
  }
  const conditions = Array.isArray(status.conditions) ? (status.conditions as Condition[]) : []
  const shown = conditions.map(
    (one) => `${one.type}=${one.status}${one.status !== 'True' && one.reason ? ` (${one.reason})` : ''}`,
  )
  if (shown.length > 0) facts.push({ label: 'conditions', value: cell(shown.join(', '), 300) })
  const owner = ownerOf(asPod(object))
  if (owner) facts.push({ label: 'owner', value: owner })
  if (metadata.creationTimestamp) facts.push({ label: 'created', value: metadata.creationTimestamp })
  if (metadata.deletionTimestamp)
    facts.push({ label: 'being deleted since', value: metadata.deletionTimestamp, tone: 'busy' })
  return facts
}
