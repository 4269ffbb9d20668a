import type { Labels } from './types.ts'

/** Operations on label sets. An empty value is the same as no label, so none is ever stored. */

export const metricName = '__name__'

const keys = new WeakMap<Labels, string>()

/** A string that two label sets share exactly when they are equal. */
export function labelsKey(labels: Labels): string {
  let key = keys.get(labels)
  if (key === undefined) {
    key = ''
    for (const name of Object.keys(labels).sort()) key += `${name}\u0001${labels[name]}\u0002`
    keys.set(labels, key)
  }
  return key
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** The order in which Prometheus lists series: by sorted name and value pairs, then by number of labels. */
export function compareLabels(a: Labels, b: Labels): number {
  const namesA = Object.keys(a).sort()
  const namesB = Object.keys(b).sort()
  const shared = Math.min(namesA.length, namesB.length)
  for (let index = 0; index < shared; index += 1) {
    const nameA = namesA[index] as string
    const nameB = namesB[index] as string
    const order = compareText(nameA, nameB) || compareText(a[nameA] as string, b[nameB] as string)
    if (order !== 0) return order
  }
  return namesA.length - namesB.length
}

export function keepLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {}
  for (const name of names) {
    const value = labels[name]
    if (value) kept[name] = value
  }
  return kept
}

export function dropLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = { ...labels }
  for (const name of names) delete kept[name]
  return kept
}

const nameless = new WeakMap<Labels, Labels>()

/** The labels without the metric name; the same object each time, so that its key is computed once. */
export function dropName(labels: Labels): Labels {
  if (labels[metricName] === undefined) return labels
  let result = nameless.get(labels)
  if (!result) {
    result = dropLabels(labels, [metricName])
    nameless.set(labels, result)
  }
  return result
}

export function setLabel(labels: Labels, name: string, value: string): Labels {
  return value === '' ? dropLabels(labels, [name]) : { ...labels, [name]: value }
}

export const isLabelName = (name: string) => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)

/** `{a="x", b="y"}` as Go prints a label set in error texts. */
export function printLabels(labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
  return `{${pairs.join(', ')}}`
}
