import { buildArguments } from '../arguments.ts'
import { type Concept, END_NAMES, START_NAMES, type Wants } from '../concepts.ts'
import type { Call } from '../conversation.ts'
import { fromRow } from '../memory.ts'
import { readResult } from '../results.ts'
import type { JsonSchema } from '../schema.ts'
import type { PlannedCall } from './index.ts'
import { bestCluster } from './lookup.ts'
import type { Scene, Step } from './rule.ts'
import { schemaFromSearch } from './search.ts'

/** One step made concrete: a call to make, a question back, a tool that cannot be had, or nothing left to do. */
export type Outcome =
  | { call: PlannedCall; because?: string }
  | { ask: string }
  | { unavailable: string }
  | { done: true }

/** Turns a step into a call for the tools on offer. Pure: the same scene gives the same call, so that done is known as done. */
export function bind(step: Step, scene: Scene, nowMs: number): Outcome {
  const direct = step.tools.find((tool) => scene.toolbox.has(tool))
  if (direct !== undefined)
    return bindTool(step, { tool: direct, schema: scene.toolbox.get(direct)!.schema, nowMs }, scene)
  return bindThroughSearch(step, scene, nowMs)
}

interface Target {
  tool: string
  schema: JsonSchema
  nowMs: number
  /** True where the call goes out as the input of `run_tool`. */
  inner?: boolean
}

function bindTool(step: Step, target: Target, scene: Scene): Outcome {
  let wants = enrich(step.wants, scene)
  let built = buildArguments(target.schema, wants, target.nowMs)
  if (built.missing.length) {
    wants = {
      ...wants,
      ...pick(
        step.defaults ?? {},
        built.missing.map(({ concept }) => concept),
      ),
      ...fromFocus(built.missing, { scene, wants, exact: step.exact }),
    }
    built = buildArguments(target.schema, wants, target.nowMs)
  }
  const missing = built.missing[0]
  if (missing) {
    const lookup = step.exact ? undefined : lookUp(missing.concept, wants, scene, target.nowMs)
    if (lookup && !('done' in lookup)) return lookup
    return { ask: askFor(missing.property, missing.concept, target.tool) }
  }
  const loose = looseText(built.unplaced, wants)
  if (loose !== undefined && /^(?:list|search|query)_/.test(target.tool))
    built = buildArguments(target.schema, { ...wants, text: loose }, target.nowMs)
  return emit(target, built.arguments, scene)
}

/** A name that a list has no filter of its own for is looked for as text. */
function looseText(unplaced: Concept[], wants: Wants): string | undefined {
  if (wants.text !== undefined) return undefined
  const concept = (['gpuModel', 'node', 'pod', 'namespace'] as const).find((one) => unplaced.includes(one))
  return concept === undefined ? undefined : wants[concept]
}

function emit(target: Target, input: Record<string, unknown>, scene: Scene): Outcome {
  if (wasCalled(target.tool, input, scene.calls)) return { done: true }
  if (!target.inner) return { call: { name: target.tool, input } }
  const schema = scene.toolbox.get('run_tool')?.schema ?? {}
  const outer = buildArguments(schema, { tool: target.tool, input }, target.nowMs)
  return { call: { name: 'run_tool', input: outer.arguments } }
}

/** A tool that is not offered: search, then run what the search found. */
function bindThroughSearch(step: Step, scene: Scene, nowMs: number): Outcome {
  const wanted = step.tools[0] ?? ''
  const search = scene.toolbox.get('search_tools')
  if (!search || !scene.toolbox.has('run_tool')) return { unavailable: wanted }
  const query = wanted.replaceAll('_', ' ')
  const searches = scene.calls.filter((call) => call.tool === 'search_tools')
  const names = (call: Call) => step.tools.find((name) => new RegExp(`\\b${name}\\b`).test(call.result ?? ''))
  const found = searches.find(names) ?? searches.find((call) => Object.values(call.input).includes(query))
  if (!found) {
    const { arguments: input } = buildArguments(search.schema, { query }, nowMs)
    return {
      call: { name: 'search_tools', input },
      because: `${step.because} ${wanted} is not among my tools, so I search for it.`,
    }
  }
  const tool = names(found)
  if (tool === undefined) return { unavailable: wanted }
  return bindTool(step, { tool, schema: schemaFromSearch(found.result ?? '', tool, step), nowMs, inner: true }, scene)
}

/** The same tool with the same input, absolute times aside, or the same tool often enough. */
function wasCalled(tool: string, input: Record<string, unknown>, calls: Call[]): boolean {
  const same = calls.filter((call) => call.tool === tool)
  return same.length >= 3 || same.some((call) => timeless(call.input) === timeless(input))
}

function timeless(input: Record<string, unknown>): string {
  const kept = Object.entries(input).filter(
    ([key]) => ![...START_NAMES, ...END_NAMES].includes(key.toLowerCase().replace(/[_-]/g, '')),
  )
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The row of a list that names the wanted pod tells its namespace and cluster. */
function enrich(wants: Wants, scene: Scene): Wants {
  if (wants.pod === undefined || (wants.namespace !== undefined && wants.clusters !== undefined)) return wants
  for (const call of [...scene.calls, ...[...scene.earlier].reverse()]) {
    if (call.result === undefined) continue
    const row = readResult(call.tool, call.result).rows.find((one) =>
      Object.values(one).some(
        (value) => value === wants.pod || value.endsWith(`/${wants.pod}`) || value.startsWith(`${wants.pod}-`),
      ),
    )
    if (!row) continue
    const named = fromRow(call.tool, row)
    const full = named.pod?.startsWith(`${wants.pod}-`) ? named.pod : wants.pod
    return {
      ...wants,
      pod: full,
      namespace: wants.namespace ?? named.namespace,
      clusters: wants.clusters ?? named.clusters,
    }
  }
  return wants
}

function fromFocus(
  missing: { concept?: Concept }[],
  { scene, wants, exact }: { scene: Scene; wants: Wants; exact?: boolean },
): Wants {
  const found: Wants = {}
  for (const { concept } of missing) {
    if (concept === undefined) continue
    if (concept in scene.focus && wants.pod === undefined)
      Object.assign(found, { [concept]: scene.focus[concept as keyof typeof scene.focus] })
    if (concept === 'clusters') {
      const cluster =
        wants.pod === undefined
          ? ((exact ? undefined : bestCluster(scene.calls)) ??
            scene.focus.clusters?.[0] ??
            (scene.scope.length === 1 ? scene.scope[0] : undefined))
          : undefined
      if (cluster !== undefined) found.clusters = [cluster]
    }
    if (concept === 'query' || concept === 'text') Object.assign(found, { [concept]: scene.question.text })
  }
  return found
}

/** A read that can tell a missing name: the list of pods for a pod's place, the nodes for a cluster with free GPUs. */
function lookUp(concept: Concept | undefined, wants: Wants, scene: Scene, nowMs: number): Outcome | undefined {
  if (wants.pod !== undefined && (concept === 'namespace' || concept === 'clusters')) {
    const step: Step = {
      tools: ['list_pods'],
      wants: { text: wants.pod, clusters: wants.clusters, namespace: wants.namespace },
      because: `I look up where ${wants.pod} runs.`,
    }
    const outcome = bind(step, scene, nowMs)
    return 'unavailable' in outcome ? undefined : withReason(outcome, step.because)
  }
  if (concept === 'clusters') {
    const gpus = wants.gpus ?? wants.workers ?? 1
    const step: Step = {
      tools: ['list_nodes', 'list_clusters'],
      wants: { minFreeGpus: Math.min(gpus, 8), gpuModel: wants.gpuModel },
      because: 'No cluster is named, so I look where GPUs are free.',
    }
    return step.tools.some((tool) => scene.toolbox.has(tool))
      ? withReason(bind(step, scene, nowMs), step.because)
      : undefined
  }
  return undefined
}

function withReason(outcome: Outcome, because: string): Outcome {
  return 'call' in outcome ? { ...outcome, because } : outcome
}

function askFor(property: string, concept: Concept | undefined, tool: string): string {
  const nouns: Partial<Record<Concept, string>> = {
    clusters: 'cluster',
    job: 'job number',
    model: 'model',
    pod: 'pod',
    namespace: 'namespace',
    node: 'node',
  }
  const noun = (concept && nouns[concept]) ?? property
  return `For ${tool} I need the ${noun}. Which ${noun} do you mean?`
}

function pick(values: Wants, keys: (Concept | undefined)[]): Wants {
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key as Concept)))
}
