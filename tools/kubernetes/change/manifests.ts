import { createRequire } from 'node:module'
import { ToolError } from '#contract'
import type { KubeObject } from '../../clients/kubernetes/types.ts'
import { cell } from '../../text.ts'

// Loaded with the first manifest: 70 files that a start can do without
const yaml = () => createRequire(import.meta.url)('yaml') as typeof import('yaml')

const mostObjects = 20
const refused = (message: string, next: string) =>
  new ToolError('invalid-input', message, { next, field: 'manifest', changed: 'nothing' })

export type Manifest = KubeObject & { apiVersion: string; kind: string }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The objects of a manifest, YAML or JSON, several documents or a List.
 * @throws invalid-input that names the document and the line, never its values
 */
export function readManifests(text: string): Manifest[] {
  const objects = documentsOf(text).flatMap(({ value, place }) => {
    const isList =
      isRecord(value) && typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items)
    const items = isList ? (value.items as unknown[]) : [value]
    return items.map((item, index) => check(item, isList ? `${place}, item ${index + 1}` : place))
  })
  if (objects.length === 0)
    throw refused('The manifest holds no object.', 'Give at least one object with apiVersion, kind and metadata.name.')
  if (objects.length > mostObjects)
    throw refused(
      `The manifest holds ${objects.length} objects.`,
      `Apply at most ${mostObjects} at once, so that a person can read the plan.`,
    )
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)
  const twice = names.find((one, index) => names.indexOf(one) !== index)
  if (twice) throw refused(`The manifest has ${twice} twice.`, 'Leave one of the two.')
  return objects
}

function documentsOf(text: string): { value: unknown; place: string }[] {
  const documents = yaml().parseAllDocuments(text, { logLevel: 'silent' })
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document, index) => {
    const place = `document ${index + 1}`
    const [error] = document.errors
    if (error) {
      // The message may quote a part of the text; what is wrong where is enough.
      const line = error.linePos?.[0].line
      throw refused(
        `The manifest cannot be read: ${place}${line ? `, line ${line}` : ''}: ${error.code}.`,
        'Correct the YAML or JSON there.',
      )
    }
    let value: unknown
    try {
      value = document.toJS({ maxAliasCount: 50 })
    } catch {
      throw refused(
        `The manifest cannot be read: ${place} refers to itself too often.`,
        'Write it without that many aliases.',
      )
    }
    return value === null || value === undefined ? [] : [{ value, place }]
  })
}

function check(value: unknown, place: string): Manifest {
  if (!isRecord(value)) throw refused(`The ${place} is no object.`, 'Give apiVersion, kind and metadata.name.')
  const { apiVersion, kind, metadata } = value
  const isName = (one: unknown): one is string => typeof one === 'string' && one !== ''
  const missing = !isName(apiVersion)
    ? 'apiVersion'
    : !isName(kind)
      ? 'kind'
      : !isRecord(metadata) || !isName(metadata.name)
        ? 'metadata.name'
        : undefined
  if (missing)
    throw refused(
      `The ${place} has no ${missing}.`,
      `Add ${missing}; names are not generated here, so that the plan is what is done.`,
    )
  const title = `${cell(kind as string, 60)} ${cell((metadata as { name: string }).name, 120)}`
  if (kind === 'Secret' && (hasMembers(value.data) || hasMembers(value.stringData)))
    throw refused(
      `The ${place} is ${title} with values. A Secret's values are not taken here: an argument is read by the model and kept in the conversation and with the approval.`,
      'Create the Secret where its values are (a secret store, or kubectl from a file) and refer to it by name; leave it out of the manifest.',
    )
  const { status: _, ...object } = value
  const {
    managedFields: __,
    resourceVersion: ___,
    uid: ____,
    creationTimestamp: _____,
    ...meta
  } = metadata as Record<string, unknown>
  return { ...object, metadata: meta } as unknown as Manifest
}

const hasMembers = (value: unknown): boolean =>
  isRecord(value) ? Object.keys(value).length > 0 : value !== undefined && value !== null
