import { conceptOf } from '../arguments.ts'
import { type Concept, SYNONYMS } from '../concepts.ts'
import type { JsonSchema } from '../schema.ts'
import type { Step } from './rule.ts'

const NUMBERS: Concept[] = [
  'gpus',
  'replicas',
  'workers',
  'headGpus',
  'gpusPerWorker',
  'minFreeGpus',
  'maxPrice',
  'limit',
  'lines',
]

/**
 * The input schema of a tool as a search result tells it: the JSON schema after the tool's name if one is printed, or its arguments
 * with their types, else the argument names that are mentioned there, else the usual names of what the step wants.
 */
export function schemaFromSearch(text: string, tool: string, step: Step): JsonSchema {
  const section = sectionOf(text, tool)
  const printed = printedSchema(section) ?? listedSchema(section)
  if (printed) return printed
  const mentioned = [...new Set(section.match(/\b[a-z][a-zA-Z0-9_]*\b/g) ?? [])].filter((word) => {
    const concept = conceptOf(word)
    return concept !== undefined && step.wants[concept] !== undefined && word !== 'name'
  })
  const names = mentioned.length ? mentioned : usualNames(step)
  return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, propertyFor(name)])) }
}

/** From the tool's name to the next name of a tool. */
function sectionOf(text: string, tool: string): string {
  const from = text.search(new RegExp(`\\b${tool}\\b`))
  if (from < 0) return ''
  const rest = text.slice(from + tool.length)
  const end = rest.search(/(?:^|\n)[\s\W]*[a-z]+_[a-z_]+\b/)
  return end < 0 ? rest : rest.slice(0, end)
}

/** A whole schema, or only its `properties`, which may be cut off at the end: what is complete counts. */
function printedSchema(section: string): JsonSchema | undefined {
  const from = section.indexOf('{')
  if (from < 0) return undefined
  const whole = parseAt(section, from)
  if (whole?.value.properties) return whole.value as JsonSchema
  const properties: Record<string, JsonSchema> = {}
  let at = from + 1
  for (let key = KEY.exec(section.slice(at)); key; key = KEY.exec(section.slice(at))) {
    const property = parseAt(section, at + key[0].length)
    if (!property) break
    properties[key[1] ?? ''] = property.value as JsonSchema
    at = property.end
  }
  return Object.keys(properties).length ? { type: 'object', properties } : undefined
}

const argument =
  /(\*?)([a-z]\w*) (object \{[^}]*\}|(?:\([^)]*\)|[\w|.-]+)(?:\[\])?)(?: = ("(?:[^"\\]|\\.)*"|[^\s,(]+))?(?: \([^)]*\))?(?=, |\s*$)/gm

/** `*cluster string (Cluster name), uncordon boolean = false (Take work again)`: a star says that it is required. */
function listedSchema(section: string): JsonSchema | undefined {
  const line = section.split('\n')[1] ?? ''
  const found = [...line.matchAll(argument)]
  if (found.length === 0) return undefined
  return {
    type: 'object',
    properties: Object.fromEntries(found.map(([, , name = '', type = '']) => [name, typeFrom(type)])),
    required: found.filter(([, star]) => star === '*').map(([, , name = '']) => name),
  } as JsonSchema
}

function typeFrom(type: string): JsonSchema {
  if (type.endsWith('[]')) return { type: 'array', items: typeFrom(type.slice(0, -2).replace(/^\(|\)$/g, '')) }
  if (type.startsWith('object')) return { type: 'object' }
  if (type.includes('|')) return { type: 'string', enum: type.split('|') }
  return type === 'any' ? {} : ({ type } as JsonSchema)
}

const KEY = /^[\s,]*"(\w+)"\s*:\s*(?=\{)/

/** The object that begins at `from`, and where it ends. Braces inside texts are rare in schemas and only cut it short. */
function parseAt(text: string, from: number): { value: Record<string, unknown>; end: number } | undefined {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1
    if (text[at] === '}') depth -= 1
    if (depth > 0) continue
    try {
      return { value: JSON.parse(text.slice(from, at + 1)) as Record<string, unknown>, end: at + 1 }
    } catch {
      return undefined
    }
  }
  return undefined
}

function usualNames(step: Step): string[] {
  const concepts = Object.entries(step.wants).filter(([, value]) => value !== undefined)
  return concepts.flatMap(([concept]) =>
    concept === 'sinceSeconds'
      ? ['since']
      : concept === 'stepSeconds'
        ? ['step']
        : [SYNONYMS[concept as keyof typeof SYNONYMS][0] ?? concept],
  )
}

function propertyFor(name: string): JsonSchema {
  const concept = conceptOf(name)
  if (concept && NUMBERS.includes(concept)) return { type: 'number' }
  if (concept !== 'clusters') return {}
  return name.endsWith('s') ? { type: 'array', items: { type: 'string' } } : { type: 'string' }
}
