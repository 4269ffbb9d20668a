import type { KubeObject } from '../world/kube-types.ts'
import { convertGraph } from './convert.ts'
import type { ResourceType } from './resources.ts'

const listTexts = new WeakMap<KubeObject, string>()
const wholeTexts = new WeakMap<KubeObject, string>()

/** The object as an item of a list. Stored objects never change, so their text is made once. */
export function itemText(type: ResourceType, object: KubeObject): string {
  const known = listTexts.get(object)
  if (known && !type.custom) return known
  if (type.custom) return wholeText(type, object)
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object
  const text = JSON.stringify(rest)
  listTexts.set(object, text)
  return text
}

/** The object by itself, in the version asked for. */
export function wholeText(type: ResourceType, object: KubeObject): string {
  const wanted = type.group ? `${type.group}/${type.version}` : type.version
  if (object.apiVersion !== wanted) return JSON.stringify(convertGraph(object, wanted))
  const known = wholeTexts.get(object)
  if (known) return known
  const text = JSON.stringify(object)
  wholeTexts.set(object, text)
  return text
}
