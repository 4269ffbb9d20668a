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
 * The input schema of a tool as a search result tells it: the JSON schema after the tool's name if one is printed, else
 * the argument names that are mentioned there, else the usual names of what the step wants.
 */
export function schemaFromSearch(text: string, tool: string, step: Step): JsonSchema {
  const section = sectionOf(text, tool)
  const printed = printedSchema(section)
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

function printedSchema(section: string): JsonSchema | undefined {
  for (let from = section.indexOf('{'); from >= 0; from = section.indexOf('{', from + 1)) {
    const schema = parseAt(section, from)
    if (schema?.properties) return schema
  }
  return undefined
}

function parseAt(text: string, from: number): JsonSchema | undefined {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1
    if (text[at] === '}') depth -= 1
    if (depth > 0) continue
    try {
      return JSON.parse(text.slice(from, at + 1)) as JsonSchema
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
  return /s$/.test(name) && concept === 'clusters' ? { type: 'array', items: { type: 'string' } } : {}
}
