import { type Concept, SYNONYMS, type Wants } from './concepts.ts'
import { filler } from './filler.ts'
import { fitTo } from './fit.ts'
import { type JsonSchema, shapeOf, typeOf } from './schema.ts'
import { timeArguments } from './time-arguments.ts'

export interface Built {
  arguments: Record<string, unknown>
  /** Required properties that nobody named and that have no default of their own: filled so that the object is valid. */
  missing: { property: string; concept?: Concept }[]
  /** Concepts that the schema has no place for. */
  unplaced: Concept[]
}

/** A property of the schema, or of an object (or of the objects of a list) directly inside it. */
export interface Place {
  path: string[]
  name: string
  schema: JsonSchema
}

/**
 * Arguments for a tool from what the question wants, valid against the tool's input schema: only known properties,
 * required ones filled, options respected. `nowMs` is the clock's epoch milliseconds, for absolute time ranges.
 */
export function buildArguments(schema: JsonSchema, wants: Wants, nowMs: number): Built {
  const root = shapeOf(schema, schema)
  const places = listPlaces(root, schema)
  const built: Record<string, unknown> = {}
  const taken = new Set<string>()
  const unplaced: Concept[] = []
  const put = (place: Place, value: unknown) => {
    const fitted = fitTo(place.schema, value, schema)
    if (fitted === undefined || taken.has(place.name)) return false
    taken.add(place.name)
    setPath(built, place, fitted, root)
    return true
  }
  for (const [concept, value] of Object.entries(switched(wants, places)) as [Concept, unknown][]) {
    if (value === undefined || concept === 'sinceSeconds' || concept === 'stepSeconds') continue
    const candidates = SYNONYMS[concept].flatMap((name) => places.filter((place) => place.name === name))
    if (!candidates.some((place) => forms(concept, value, place).some((form) => put(place, form))))
      unplaced.push(concept)
  }
  for (const { place, value } of timeArguments(places, wants, nowMs)) put(place, value)
  return { arguments: built, missing: complete(built, root, schema), unplaced }
}

/** "Failing" is a switch in some tools and a status in others. */
function switched(wants: Wants, places: Place[]): Wants {
  const hasSwitch = places.some((place) => SYNONYMS.problems.includes(place.name))
  return wants.status === 'failing' && hasSwitch ? { ...wants, status: undefined, problems: true } : wants
}

/** Keys in the order that the schema has them, nested ones with a dotted name: `head.gpus`. */
function listPlaces(root: JsonSchema, whole: JsonSchema, path: string[] = [], prefix = ''): Place[] {
  return Object.entries(root.properties ?? {}).flatMap(([key, schema]) => {
    const name = prefix + key.toLowerCase().replace(/[_-]/g, '')
    const here = { path: [...path, key], name, schema }
    if (path.length) return [here]
    const shape = shapeOf(schema, whole)
    const inner = typeOf(shape) === 'array' ? shapeOf(shape.items ?? {}, whole) : shape
    return [here, ...(inner.properties ? listPlaces(inner, whole, here.path, `${name}.`) : [])]
  })
}

/** The forms in which a concept may be said, most exact first. */
function forms(concept: Concept, value: unknown, place: Place): unknown[] {
  if (concept === 'clusters' && Array.isArray(value)) return value.length === 1 ? [value, value[0]] : [value]
  if (concept === 'labels' && typeof value === 'string') {
    const [key = '', label = ''] = value.split('=')
    return [value, [value], { [key]: label }]
  }
  if (concept === 'minFreeGpus' && /^(has|only)/.test(place.name)) return [true]
  if (concept === 'input') return [value, JSON.stringify(value)]
  if (concept === 'job' && typeof value === 'string') return [value, value.replace(/^\D+/, ''), `job-${value}`]
  if (concept === 'status' && typeof value === 'string') return STATUS_WORDS[value]?.concat(value) ?? [value]
  return [value]
}

const STATUS_WORDS: Record<string, string[]> = {
  failing: ['failing', 'failed', 'unhealthy', 'error', 'CrashLoopBackOff', 'problem', 'not-ready'],
  'not-ready': ['not-ready', 'notready', 'unready', 'unhealthy', 'down', 'false'],
  ready: ['ready', 'healthy', 'true'],
  cordoned: ['cordoned', 'unschedulable', 'scheduling-disabled'],
  firing: ['firing', 'active'],
}

function setPath(target: Record<string, unknown>, place: Place, value: unknown, root: JsonSchema): void {
  const [first = '', second] = place.path
  if (second === undefined) {
    target[first] = value
    return
  }
  const isList = typeOf(shapeOf(root.properties?.[first] ?? {}, root)) === 'array'
  const existing = isList ? (target[first] as unknown[] | undefined)?.[0] : target[first]
  const holder = { ...(existing as Record<string, unknown> | undefined), [second]: value }
  target[first] = isList ? [holder] : holder
}

/** Fills what is required and still absent, here and in the objects that were begun. Returns what had to be made up. */
function complete(built: Record<string, unknown>, root: JsonSchema, whole: JsonSchema): Built['missing'] {
  const missing: Built['missing'] = []
  for (const [key, value] of Object.entries(built)) {
    const shape = shapeOf(root.properties?.[key] ?? {}, whole)
    if (fitTo(shape, value, whole) !== undefined) continue
    const inner = Array.isArray(value) ? shapeOf(shape.items ?? {}, whole) : shape
    const holder = Array.isArray(value) ? value[0] : value
    if (typeof holder === 'object' && holder !== null)
      missing.push(...complete(holder as Record<string, unknown>, inner, whole))
    if (fitTo(shape, built[key], whole) === undefined) delete built[key]
  }
  for (const key of new Set(root.required ?? [])) {
    if (built[key] !== undefined) continue
    const schema = root.properties?.[key] ?? {}
    const value = filler(schema, whole)
    if (value !== undefined) built[key] = value
    if (!speaksForItself(shapeOf(schema, whole))) missing.push({ property: key, concept: conceptOf(key) })
  }
  return missing
}

function speaksForItself(shape: JsonSchema): boolean {
  return (
    shape.default !== undefined || shape.const !== undefined || shape.enum !== undefined || typeOf(shape) === 'boolean'
  )
}

/** Which concept a property name stands for, if any. */
export function conceptOf(property: string): Concept | undefined {
  const name = property.toLowerCase().replace(/[_-]/g, '')
  const ranked = Object.entries(SYNONYMS)
    .map(([concept, names]) => ({ concept, rank: names.indexOf(name) }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => a.rank - b.rank)
  return ranked[0]?.concept as Concept | undefined
}
