import { parse as parseYaml } from 'yaml'
import type { Cluster } from '../world/cluster.ts'
import { componentsOf, DGD } from '../world/dynamo.ts'
import type { Draft, KubeObject, Pod } from '../world/kube-types.ts'
import type { Lifecycle } from '../world/lifecycle.ts'
import { podDraft } from '../world/pod-build.ts'
import { nameSuffix } from '../world/random.ts'
import { kubeTime } from '../world/time-text.ts'
import { applyObject, mergePatch } from './apply.ts'
import { convertGraph } from './convert.ts'
import { jsonPatch } from './json-patch.ts'
import { claim, isObject, leaves, pathText } from './managed-fields.ts'
import { type DeleteOptions, removeObject } from './remove.ts'
import type { ResourceType } from './resources.ts'
import { alreadyExists, badRequest, conflict, invalid, notFound, unsupportedMediaType } from './status.ts'
import { validate } from './validate.ts'

export interface WriteInput {
  type: ResourceType
  namespace: string | undefined
  name: string
  body: string
  contentType: string
  parameters: URLSearchParams
  userAgent: string
}

export interface Written {
  code: number
  object: KubeObject
}

/** Changes to the objects of a cluster, as its API server takes them. Each returns the object as it is (or, dry-run, would be). */
export interface Writer {
  create(input: WriteInput): Written
  replace(input: WriteInput): Written
  patch(input: WriteInput): Written
  remove(input: WriteInput): KubeObject
}

export function parseBody(body: string, contentType: string): unknown {
  try {
    return contentType.includes('yaml') ? parseYaml(body) : JSON.parse(body)
  } catch (error) {
    throw badRequest(`error decoding: ${error instanceof Error ? error.message.split('\n')[0] : 'unreadable'}`)
  }
}

export function createWriter(cluster: Cluster, lifecycle: Lifecycle): Writer {
  const { store } = cluster
  const now = () => kubeTime(cluster.timeline.now())
  const storageVersion = (type: ResourceType) => {
    const version = type.group === 'nvidia.com' ? (cluster.spec.dynamoVersions[0] ?? type.version) : type.version
    return type.group ? `${type.group}/${version}` : version
  }
  const managerOf = ({ parameters, userAgent }: WriteInput) =>
    parameters.get('fieldManager') ?? (userAgent.split('/')[0] || 'unknown')

  function readDraft(input: WriteInput): Draft {
    const draft = parseBody(input.body, input.contentType)
    if (!isObject(draft) || !isObject(draft.metadata ?? {}))
      throw badRequest('the object provided is unrecognized (must be of type Object)')
    const metadata = (draft.metadata ?? {}) as Draft['metadata']
    if (metadata.namespace && input.namespace && metadata.namespace !== input.namespace) {
      throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
    }
    if (input.name && metadata.name && metadata.name !== input.name) {
      throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${input.name})`)
    }
    const generated = metadata.generateName
      ? `${metadata.generateName}${nameSuffix(`${cluster.seed}/${store.revision()}`, 5)}`
      : ''
    const name = metadata.name || input.name || generated
    if (!name) throw badRequest('name or generateName is required')
    return {
      ...(draft as Draft),
      metadata: { ...metadata, name, ...(input.namespace ? { namespace: input.namespace } : {}) },
    }
  }

  /** Admission and storage; dry-run stops before storing. */
  function commit(input: WriteInput, draft: Draft, current: KubeObject | undefined): KubeObject {
    const { type } = input
    validate(type, convertGraph(draft as KubeObject, type.group ? `${type.group}/${type.version}` : type.version))
    const stored = convertGraph(draft as KubeObject, storageVersion(type))
    if (current) refuseAdapted(type, current, stored)
    const complete = { ...stored, ...(current?.status === undefined ? {} : { status: current.status }) } as Draft
    if (!current) delete complete.status
    const dryRun = input.parameters.getAll('dryRun').includes('All')
    if (dryRun) return preview(type, complete, current)
    if (type.key === 'pods' && !current) return admitPod(complete)
    if (type.key === 'namespaces' && !current)
      return store.put(type.key, { ...complete, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } })
    if (current?.metadata.deletionTimestamp && !complete.metadata.finalizers?.length) {
      store.remove(type.key, current.metadata.namespace, current.metadata.name)
      return complete as KubeObject
    }
    const same =
      current && JSON.stringify(withoutTimes(current)) === JSON.stringify(withoutTimes(complete as KubeObject))
    return same ? current : store.put(type.key, complete)
  }

  function preview(type: ResourceType, draft: Draft, current: KubeObject | undefined): KubeObject {
    const changed = JSON.stringify(current?.spec) !== JSON.stringify(draft.spec)
    const generation = (current?.metadata.generation ?? 0) + (changed ? 1 : 0)
    return {
      ...draft,
      metadata: {
        ...draft.metadata,
        uid: current?.metadata.uid ?? '00000000-0000-4000-8000-000000000000',
        creationTimestamp: current?.metadata.creationTimestamp ?? now(),
        resourceVersion: current?.metadata.resourceVersion ?? '',
        ...(draft.spec === undefined || type.key === 'pods' ? {} : { generation }),
      },
    }
  }

  function admitPod(draft: Draft): KubeObject {
    const { namespace = 'default', name, labels, annotations } = draft.metadata
    const made = podDraft({
      namespace,
      name,
      template: { spec: draft.spec as Pod['spec'] },
      createdMs: cluster.timeline.now(),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    })
    const pod = store.put('pods', { ...made, metadata: { ...draft.metadata, ...made.metadata } }) as Pod
    lifecycle.admit(pod)
    return pod
  }

  function requireNamespace(type: ResourceType, namespace: string | undefined) {
    if (!type.namespaced || (namespace && store.get('namespaces', undefined, namespace))) return
    throw notFound({ ...type, group: '', plural: 'namespaces', kind: 'Namespace' }, namespace ?? '')
  }

  /** Notes who set what by other means than apply. */
  function noteUpdate(input: WriteInput, draft: Draft, current: KubeObject | undefined): Draft {
    const before = new Map(
      current ? leaves(current).map((leaf) => [pathText(leaf.path), JSON.stringify(leaf.value)]) : [],
    )
    const changed = leaves(draft).filter(
      (leaf) => before.get(pathText(leaf.path)) !== JSON.stringify(leaf.value) && leaf.path[0] !== 'status',
    )
    if (changed.length === 0) return draft
    const who = { manager: managerOf(input), operation: 'Update' as const, apiVersion: draft.apiVersion, time: now() }
    const paths = changed.map((leaf) => leaf.path)
    return {
      ...draft,
      metadata: { ...draft.metadata, managedFields: claim(current?.metadata.managedFields ?? [], who, paths) },
    }
  }

  function existing({ type, namespace, name }: WriteInput): KubeObject {
    const found = store.get(type.key, namespace, name)
    if (!found) throw notFound(type, name)
    return found
  }

  function checkRevision(
    type: ResourceType,
    draft: { metadata?: { resourceVersion?: string; uid?: string } },
    current: KubeObject,
  ) {
    const { resourceVersion, uid } = draft.metadata ?? {}
    const { name } = current.metadata
    if (resourceVersion && resourceVersion !== current.metadata.resourceVersion) throw conflict(type, name)
    const message = `Invalid value: "${uid}": field is immutable`
    if (uid && uid !== current.metadata.uid)
      throw invalid(type, name, [{ reason: 'FieldValueInvalid', message, field: 'metadata.uid' }])
  }

  const served = (type: ResourceType, object: KubeObject) =>
    convertGraph(object, type.group ? `${type.group}/${type.version}` : type.version)

  return {
    create(input) {
      const draft = readDraft(input)
      requireNamespace(input.type, input.namespace)
      if (store.get(input.type.key, input.namespace, draft.metadata.name))
        throw alreadyExists(input.type, draft.metadata.name)
      if (draft.metadata.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created')
      return { code: 201, object: commit(input, noteUpdate(input, draft, undefined), undefined) }
    },
    replace(input) {
      const current = existing(input)
      const draft = readDraft(input)
      checkRevision(input.type, draft, current)
      const whole = { ...draft, metadata: { ...fixedOf(current), ...draft.metadata } }
      return { code: 200, object: commit(input, noteUpdate(input, whole, served(input.type, current)), current) }
    },
    patch(input) {
      const { type, contentType, parameters } = input
      if (contentType.includes('apply-patch')) {
        const manager = parameters.get('fieldManager')
        if (!manager)
          throw badRequest(
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
          )
        const applied = readDraft({ ...input, contentType: 'yaml' })
        if (applied.metadata.managedFields?.length) throw badRequest('metadata.managedFields must be nil')
        requireNamespace(type, input.namespace)
        const stored = store.get(type.key, input.namespace, input.name)
        const current = stored && served(type, stored)
        if (current) checkRevision(type, applied, current)
        const merged = applyObject({
          current,
          applied,
          manager,
          force: parameters.get('force') === 'true',
          time: now(),
        })
        return { code: stored ? 200 : 201, object: commit(input, merged, stored) }
      }
      const stored = existing(input)
      const current = served(type, stored)
      const patched = patchedBy(input, current)
      checkRevision(type, patched, stored)
      const whole = { ...patched, metadata: { ...patched.metadata, ...fixedOf(stored) } } as Draft
      return { code: 200, object: commit(input, noteUpdate(input, whole, current), stored) }
    },
    remove(input) {
      const { body, contentType, parameters } = input
      const asked = body ? (parseBody(body, contentType) as DeleteOptions) : {}
      const grace = parameters.get('gracePeriodSeconds')
      return removeObject({ cluster, lifecycle }, input.type, {
        current: existing(input),
        options: { ...(grace !== null && { gracePeriodSeconds: Number(grace) }), ...asked },
        dryRun: parameters.getAll('dryRun').includes('All'),
      })
    },
  }
}

function patchedBy({ type, contentType, body }: WriteInput, current: KubeObject): Draft {
  const patch = parseBody(body, contentType)
  if (contentType.includes('json-patch+json')) return jsonPatch(current, patch) as Draft
  if (contentType.includes('strategic-merge-patch')) {
    if (type.custom)
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml`,
      )
    return mergePatch(current, patch, { byKey: true }) as Draft
  }
  if (contentType.includes('merge-patch')) return mergePatch(current, patch, { byKey: false }) as Draft
  throw unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml`,
  )
}

/** Where a component has a scaling adapter, its replicas are set through that and not in the graph. */
function refuseAdapted(type: ResourceType, current: KubeObject, next: KubeObject): void {
  if (type.key !== DGD) return
  const before = new Map(componentsOf(current).map((component) => [component.name, component.replicas]))
  componentsOf(next).forEach((component, index) => {
    const replicas = before.get(component.name)
    if (!component.scalingAdapter || replicas === undefined || replicas === component.replicas) return
    const message =
      'Forbidden: replicas cannot be modified directly when scaling adapter is enabled; use scale subresource of the DynamoGraphDeploymentScalingAdapter'
    throw invalid(type, current.metadata.name, [
      { reason: 'FieldValueForbidden', message, field: `spec.components[${index}].replicas` },
    ])
  })
}

/** What a writer cannot change. */
function fixedOf({ metadata }: KubeObject) {
  const { uid, creationTimestamp, generation } = metadata
  return { uid, creationTimestamp, ...(generation === undefined ? {} : { generation }) }
}

/** Applying what is there already changes nothing, not even the times of the managed fields. */
function withoutTimes(object: KubeObject) {
  const { resourceVersion: _revision, generation: _generation, managedFields = [], ...metadata } = object.metadata
  const managers = managedFields.map(({ time: _time, ...entry }) => entry)
  const { metadata: _metadata, status: _status, ...rest } = object
  return { ...Object.fromEntries(Object.entries(rest).sort()), metadata: Object.entries(metadata).sort(), managers }
}
