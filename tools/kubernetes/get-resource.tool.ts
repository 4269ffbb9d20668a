import * as z from 'zod'
import { cards, type Fact } from '#contract'
import { defineTool } from '#define'
import { cluster, optionalWord } from '../arguments.ts'
import { eventKind, type KubeObject, type KubernetesCluster } from '../clients/kubernetes/types.ts'
import { cell, factsLine, lines, outsideNote, quoted, shortTime } from '../text.ts'
import { eventRows } from './event-rows.ts'
import { findObject } from './find-object.ts'
import { ownerOf, podState } from './pod-status.ts'
import { readableKinds } from './readable-kinds.ts'
import { asPod, type Condition } from './shapes.ts'

const input = z.strictObject({
  cluster,
  kind: z.string().describe('Pod, deploy, rayclusters.ray.io'),
  name: z.string().describe('Name'),
  namespace: optionalWord('Default: by name'),
  path: optionalWord('Part: spec.template'),
})

/** One object of any kind as YAML. */
export const getResource = defineTool({
  name: 'get_resource',
  title: 'Kubernetes object',
  about: 'One object of any kind as YAML, Secrets without values. Why a pod fails: diagnose_pod.',
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
    const object = await findObject(client, kind, { ...input, signal: ctx.signal })
    const { cutYaml, memberAt, readable, toYaml } = await import('./object-yaml.ts')
    const whole = readable(ctx.redact({ ...object, kind: object.kind ?? kind.kind }))
    const part = input.path === undefined ? whole : memberAt(whole, input.path)
    const warnings = input.path === undefined ? await warningsOf(client, object, ctx.signal) : []
    const title = `${kind.kind} ${object.metadata.namespace ? `${object.metadata.namespace}/` : ''}${object.metadata.name} on ${name}`
    if (part === undefined)
      return {
        empty: {
          title: `${title} has no ${cell(input.path, 80)}`,
          likely: [`Its parts are ${Object.keys(whole).join(', ')}`],
          next: ['get_resource without path, or with one of these'],
        },
      }
    return {
      data: { title, kind: kind.kind, facts: [...factsOf(object, ctx.now()), ...warnings], ...cutYaml(toYaml(part)) },
    }
  },
})

/** Its latest warnings. They help and are not what was asked for: without them the object is answered all the same. */
async function warningsOf(client: KubernetesCluster, object: KubeObject, signal: AbortSignal): Promise<Fact[]> {
  const { name, namespace, uid } = object.metadata
  const own = uid ? `,involvedObject.uid=${uid}` : ''
  const fieldSelector = `involvedObject.name=${name},type=Warning${namespace ? own : ''}`
  try {
    const { items } = await client.list(eventKind, { fieldSelector, signal, ...(namespace && { namespace }) })
    return eventRows(items, client.cluster)
      .sort((left, right) => right.at.localeCompare(left.at))
      .slice(0, 2)
      .map(({ reason, count, at, message }) => ({
        label: reason,
        value: `${count > 1 ? `${count} times, last ` : ''}${shortTime(at)} ${quoted(message, 160)}`,
        tone: 'warn',
      }))
  } catch (error) {
    if (signal.aborted) throw error
    return []
  }
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
    // A rollout that hangs keeps the old pods ready: what is new counts apart.
    const fresh = typeof status.updatedReplicas === 'number' ? status.updatedReplicas : spec.replicas
    facts.push({
      label: 'replicas',
      value: `${ready} of ${spec.replicas} ready${fresh < spec.replicas ? `, ${fresh} of the new version` : ''}`,
      tone: ready < spec.replicas || fresh < spec.replicas ? 'warn' : 'good',
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
