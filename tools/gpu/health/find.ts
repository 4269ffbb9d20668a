import type { Finding } from '#contract'
import { cell } from '../../text.ts'
import type { GpuCheck, HealthFacts, Hit } from './facts.ts'

export interface Found {
  check: GpuCheck
  finding: Finding
  hits: Hit[]
}

const filled = (words: string, values: Hit['values']) =>
  words.replace(/\{(\w+)\}/g, (_, key: string) => cell(values?.[key] ?? `the ${key}`, 200))

const placeOf = ({ cluster, node, gpu }: Hit) =>
  `${cluster}${node ? `/${node}` : ''}${gpu === undefined ? '' : ` GPU ${gpu}`}`

/** `: gpu-east/n1 GPU 2, gpu-east/n1 GPU 3 and 4 more`. */
function placesOf(hits: readonly Hit[]): string {
  const places = [...new Set(hits.map(placeOf))]
  const more = places.length > 3 ? ` and ${places.length - 3} more` : ''
  return `${places.slice(0, 3).join(', ')}${more}`
}

const rank = { critical: 0, warning: 1, info: 2 }

/** What the checks say, worst first; equal hits of one check are one finding with the places it is seen at. */
export function findAll(checks: readonly GpuCheck[], facts: HealthFacts): Found[] {
  return checks
    .flatMap((check) => {
      const groups = Map.groupBy(
        check.look(facts).filter(({ evidence }) => evidence.length > 0),
        (hit) => JSON.stringify(hit.values ?? {}),
      )
      return [...groups.values()].map((hits) => ({ check, hits, finding: findingOf(check, hits) }))
    })
    .sort((left, right) => rank[left.finding.severity] - rank[right.finding.severity])
}

function findingOf(check: GpuCheck, hits: readonly Hit[]): Finding {
  const { values } = hits[0]!
  return {
    id: check.id,
    severity: check.severity,
    title: `${filled(check.title, values)}: ${placesOf(hits)}`,
    cause: filled(check.cause, values),
    evidence: hits
      // One piece of each place before the second of any
      .flatMap(({ evidence }) => evidence.map((piece, order) => ({ piece, order })))
      .sort((left, right) => left.order - right.order)
      .slice(0, 4)
      .map(({ piece: { source, text, at } }) => ({
        source: cell(source, 100),
        text: cell(text, 240),
        ...(at && { at }),
      })),
    remedy: filled(check.remedy, values),
    falsifier: filled(check.falsifier, values),
  }
}
