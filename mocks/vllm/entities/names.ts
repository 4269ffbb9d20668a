import type { Entities, KnownNames } from '../entities.ts'
import { readModel } from './model.ts'
import { GPU_PATTERN } from './words.ts'

const NAME = '[`\'"]?([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)[`\'"]?'
const DASHED = '[`\'"]?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)[`\'"]?'
const GENERATED_POD = /\b[a-z][a-z0-9-]*-(?:[a-f0-9]{6,10}-[a-z0-9]{5}|[bcdfghjklmnpqrstvwxz2456789]{5})\b/i
const CLUSTER_WORDS = ['hub', 'edge', 'core', 'central', 'staging', 'prod', 'production', 'dev']
const NO_NAME = new Set(
  (
    'a an all and any are as at be by can count did do does each every failing fine for from get got has have how i in is it its ' +
    'kubernetes list logs me my named namespace namespaces node nodes not of on or our pod pods ray gpu gpus running ' +
    'selector set show status that the their them there these this those to up we what where which who why with you your ' +
    'instead please too now also only again cluster clusters called per label labels metrics memory model models pool pools health state down pending job jobs id'
  ).split(' '),
)
const NO_CLUSTER =
  /^(?:time-to|inter-token|end-to|per-|real-time|on-call|out-of|up-to|high-|low-|multi-|pre-|first-|last-|p\d|kv-|gpu-(?:util|mem|node|worker|temp|power|hour|health)|ray-cluster|not-ready|node-|crash-?loop|free-|read-only|follow-up|job-|ray-|root-|cost-|open-|res-|log-|error-)/

/** Names of things in a text, and the text without them (`rest`), so that words inside names are never read as words. */
export function readNames(text: string, known: KnownNames): { entities: Entities; rest: string } {
  const entities: Entities = {}
  let rest = text
  const take = (pattern: string | RegExp, accept: (name: string) => boolean = () => true): string | undefined => {
    for (const found of rest.matchAll(new RegExp(pattern, 'gi'))) {
      const name = found[1] ?? found[0]
      if (NO_NAME.has(name.toLowerCase()) || !accept(name)) continue
      rest = blank(rest, found.index + found[0].lastIndexOf(name), name.length)
      return name
    }
    return undefined
  }
  const named = (word: string) =>
    take(`\\b${word}\\s+(?:named\\s+|called\\s+|name\\s+)?${NAME}`, looksNamed) ??
    take(`${NAME}\\s+${word}\\b`, looksNamed)

  readPaths(text, entities, (path) => {
    rest = rest.replace(path, ' ')
  })
  entities.pod ??= take(`\\bpods?\\s+(?:named\\s+|called\\s+)?${NAME}`, looksNamed)
  const model = readModel(rest)
  if (model) {
    entities.model = model.name
    rest = rest.replace(model.raw, ' ')
  }
  entities.traceId = take(/\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b/)
  entities.result = take(/\bresult\s+(?:id\s+)?([a-z0-9_-]*\d[a-z0-9_-]*)/)
  entities.job =
    take(/\bjobs?\s*(?:id|number|no\.?|nr\.?)?\s*[#:]?\s*((?:[a-z]+-)?\d[\w-]*)/) ??
    take(/(?:^|\s)#(\d+)\b/) ??
    take(/\b((?:job|cj)-[\w-]*\d[\w-]*)\b/) ??
    take(/^\s*(\d+)\s*[.!]?\s*$/)
  entities.namespace ??=
    take(`\\b(?:namespaces?|ns|project)\\s+(?:called\\s+|named\\s+)?${NAME}`) ??
    take(`(?:^|\\s)-n\\s+${NAME}`) ??
    take(`(?:in|from|of)\\s+(?:the\\s+)?${NAME}\\s+namespace\\b`)
  entities.rayCluster =
    take(`\\bray\\s*clusters?\\s+(?:named\\s+|called\\s+)?${NAME}`, looksNamed) ??
    take(`${DASHED}\\s+ray\\s*cluster\\b`, (name) => !NO_CLUSTER.test(name))
  entities.name = take(
    `\\b(?:named|called|name it|call it|name)\\s+${NAME}`,
    (name) => !known.clusters.includes(name.toLowerCase()),
  )
  const clusters = readClusters(rest, known, (span) => {
    rest = span
  })
  entities.clusters ??= clusters
  entities.pod ??=
    take(GENERATED_POD) ??
    known.pods
      .filter((pod) => pod.includes('-'))
      .map((pod) => take(`\\b(${escapePattern(pod)})\\b`))
      .find(Boolean)
  entities.node =
    take(`\\bnodes?\\s+(?:named\\s+|called\\s+)?${NAME}`, looksNamed) ??
    take(`${NAME}\\s+node\\b`, looksNamed) ??
    // What is drained or cordoned is a node, said or not
    take(`\\b(?:drain|(?:un)?cordon)\\s+${NAME}`, looksNamed) ??
    take(/\b(?:on|of|at)\s+([a-z0-9]+(?:-[a-z0-9]+)*-(?:node|worker|host)-?\d+|[a-z]+(?:-[a-z0-9]+){2,}-?\d+)\b/)
  entities.deployment = named('deployment')
  entities.pool = named('(?:node\\s*)?pool')
  entities.provider = take(`\\bprovider\\s+${NAME}`, looksNamed)
  entities.container = take(`\\bcontainer\\s+${NAME}`)
  entities.pod ??=
    take(`\\b(?:logs?|events?)\\s+(?:of|for|from)\\s+(?:the\\s+)?${DASHED}`) ??
    take(
      `\\b(?:why (?:is|does|did|has|are)|diagnose|debug|troubleshoot|(?:wrong|happening|matter|happened|problem) with)\\s+(?:the\\s+)?(?:pod\\s+)?${DASHED}`,
      (name) => !known.clusters.includes(name) && !NO_CLUSTER.test(name),
    )
  return { entities, rest }
}

/** Words after which a path is a pod's, even where it looks like that of a model. */
const POD_BEFORE =
  /\b(?:pods?|logs?(?: of| for| from)?|events?(?: of| for)?|diagnose|debug|why (?:is|does|did))\s+(?:the\s+)?(?:pod\s+)?[`'"]?$/i

/** `cluster/namespace/pod` and `namespace/pod`, as kubectl and cards print them. */
function readPaths(text: string, entities: Entities, remove: (path: string) => void): void {
  const found = /(?<![\w/.:])([a-z0-9][\w-]*)\/([a-z0-9][\w.-]*)(?:\/([a-z0-9][\w.-]*))?(?![\w/])/i.exec(text)
  if (!found) return
  const [path, first, second, third] = found
  const asPod = POD_BEFORE.test(text.slice(0, found.index))
  if (third === undefined && (!/-/.test(second ?? '') || (!asPod && readModel(path) !== undefined))) return
  Object.assign(
    entities,
    third === undefined ? { namespace: first, pod: second } : { clusters: [first], namespace: second, pod: third },
  )
  remove(path)
}

function readClusters(text: string, known: KnownNames, setRest: (rest: string) => void): string[] | undefined {
  const found: { name: string; at: number }[] = []
  const add = (name: string, at: number) => {
    if (!found.some((one) => one.name === name.toLowerCase())) found.push({ name: name.toLowerCase(), at })
  }
  for (const cluster of known.clusters) {
    const hit = new RegExp(`(?<![\\w./-])${escapePattern(cluster)}(?![\\w/-]|\\.\\w)`, 'i').exec(text)
    if (hit) add(hit[0], hit.index)
  }
  const sure = new RegExp(
    `\\bclusters?\\s+(?:named\\s+|called\\s+)?${NAME}|\\b(?<!ray\\s)${NAME}\\s+cluster\\b|\\b(?:is|are|how is)\\s+${NAME}\\s+(?:ok|okay|healthy|fine|doing|alive|reachable)\\b`,
    'gi',
  )
  for (const hit of text.matchAll(sure)) {
    const name = hit[1] ?? hit[2] ?? hit[3] ?? ''
    if (isClusterName(name) && !/\bray\s+$/i.test(text.slice(0, hit.index))) add(name, hit.index + hit[0].indexOf(name))
  }
  const likely = new RegExp(
    `\\b(?:compare|between|(?<=\\bgpus? )of|(?<!wrong |happening |matter |happened |problem )with|in|on|at|to|from|into|across|onto|inside|about|vs|versus|than|only|just|and|or)\\s+(?:the\\s+)?${NAME}(?!\\s+(?:pool|namespace|node|pod|deployment|replica|gpu|worker))|^\\s*${DASHED}\\s*[?.!]*\\s*$|,\\s*${DASHED}|\\bhow (?:do|does|are|is)\\s+${DASHED}(?=\\s+(?:and|or|differ|different))`,
    'gi',
  )
  for (const hit of text.matchAll(likely)) {
    const name = hit[1] ?? hit[2] ?? hit[3] ?? hit[4] ?? ''
    if (isClusterName(name) && !GENERATED_POD.test(name)) add(name, hit.index + hit[0].indexOf(name))
  }
  found.sort((a, b) => a.at - b.at)
  setRest(found.reduce((rest, { name, at }) => blank(rest, at, name.length), text))
  return found.length ? found.map(({ name }) => name) : undefined
}

/** One dash, no long number: what people call clusters. Names of nodes have more parts. */
function isClusterName(name: string): boolean {
  const lower = name.toLowerCase()
  if (NO_NAME.has(lower) || NO_CLUSTER.test(lower) || new RegExp(`^${GPU_PATTERN}s?$`).test(lower)) return false
  if (CLUSTER_WORDS.includes(lower)) return true
  return (
    /^[a-z]+[a-z0-9]*(?:-[a-z0-9]+){1,2}$/.test(lower) &&
    !/-(?:node|worker|host)-?\d*$/.test(lower) &&
    !/-\d+-\d+$/.test(lower)
  )
}

const looksNamed = (name: string) => /[\d-]/.test(name) && !/^\d+$/.test(name) && !NO_CLUSTER.test(name.toLowerCase())
const blank = (text: string, at: number, length: number) =>
  `${text.slice(0, at)}${' '.repeat(length)}${text.slice(at + length)}`
const escapePattern = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
