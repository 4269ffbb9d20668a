import { describe, expect, it } from 'vitest'
import { de } from './de/index.ts'
import { en } from './en/index.ts'

type Leaf = { path: string; value: unknown }

const leavesOf = (value: unknown, path = ''): Leaf[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, one]) => leavesOf(one, path ? `${path}.${key}` : key))
    : [{ path, value }]

/** Words that German engineers use as they are, names, and forms of neither language. */
const same =
  /^(Quartermaster|Canvas|Persona|Personas|Dashboards?|Deployments?|GPUs?|Cluster|Node|Nodes|Pods?|Runbooks?|Namespace|Status|Version|PostgreSQL|JSON|CSV|YAML|Markdown|Token|Tokens|Name|Text|Diff|Plan|Rollback|Details|Alarm|Region|Modell?|Labels?|Trace|Traces|Span|Spans|Logs?|Chat|Export|Import|System|Limit|Link|Port|PromQL|LogQL|Endpoint|Operator|Version|Host|Replicas|Format|Filter|ok|OK|Min|Max|min|max|[^\p{L}]*)$/u

const inEnglish = leavesOf(en)
const inGerman = new Map(leavesOf(de).map(({ path, value }) => [path, value]))

/** The same in both: said to the demo model, which understands English only; and terms, formats and units */
const alike = new Set([
  'home.askFailingText',
  'kinds.tests.first',
  'kinds.tests.p95',
  'pagesDeploy.options.quantization.hint',
  'pagesDeploy.options.sharedMemory.hint',
  'pagesFleet.traceTitle',
  'ui.gpus',
])

/** Values for the parameters of a text: they must show, or change what it says. */
const samples = [7, 'alpha', ['alpha'], true, { count: 7 }] as const

function said(text: (...values: never[]) => string): string[] {
  return samples.flatMap((sample) => {
    try {
      return [String((text as (...values: unknown[]) => string)(sample, sample, sample, sample))]
    } catch {
      return []
    }
  })
}

describe('the texts of the pages', () => {
  it('UIX every text is there in every language', () => {
    expect([...inGerman.keys()].sort()).toEqual(inEnglish.map(({ path }) => path).sort())
    for (const { path, value } of inEnglish) {
      const other = inGerman.get(path)
      expect(typeof other, path).toBe(typeof value)
    }
  })

  it('none is empty', () => {
    // What stands before or behind a name may be all on one side
    for (const [path, value] of [...inEnglish.map(({ path, value }) => [path, value] as const), ...inGerman])
      if (typeof value === 'string' && !/(Before|After)$/.test(path)) expect(value.trim(), path).not.toBe('')
  })

  it('none was left in English', () => {
    const left = inEnglish.filter(({ path, value }) => {
      if (alike.has(path)) return false
      if (typeof value === 'string') return value === inGerman.get(path) && value.includes(' ') && !same.test(value)
      if (typeof value !== 'function') return false
      const [one, other] = [said(value as never), said(inGerman.get(path) as never)]
      const letters = one.join('').replaceAll('alpha', '').replaceAll('true', '').replaceAll('[object Object]', '')
      return one.join() === other.join() && /\p{L}{3,} \p{L}{2,}/u.test(letters)
    })
    expect(left.map(({ path, value }) => `${path}: ${value}`)).toEqual([])
  })

  it('a text with parameters says them in every language', () => {
    for (const { path, value } of inEnglish) {
      if (typeof value !== 'function' || value.length === 0) continue
      const varies = (text: unknown) => new Set(said(text as never)).size > 1
      expect(varies(inGerman.get(path)), path).toBe(varies(value))
    }
  })

  it('nobody is addressed formally', () => {
    for (const [path, value] of inGerman)
      for (const text of typeof value === 'string' ? [value] : typeof value === 'function' ? said(value as never) : [])
        expect(/\b(Ihnen|Ihre[nmrs]?)\b|[a-zäöü] Sie\b/.test(text), `${path}: ${text}`).toBe(false)
  })
})
