import type { Wants } from '../concepts.ts'
import type { Toolbox } from '../conversation.ts'
import type { Entities } from '../entities.ts'
import { isRead } from '../results.ts'
import type { Question } from './question.ts'
import type { Rule } from './rule.ts'

const GENERAL = [
  'list_resources',
  'get_resource',
  'get_result',
  'search_tools',
  'run_tool',
  'query_metrics',
  'explain_data',
]

/**
 * A tool whose own name is in the question ("use list_droplets", "list the ops jobs"): all its nouns must be there. Only
 * reads are guessed from words; a change must be named exactly.
 */
export function namedToolRule(question: Question, toolbox: Toolbox): Rule | undefined {
  const exact = [...toolbox.keys()].find((name) => new RegExp(`\\b${name}\\b`).test(question.text))
  const guessed = [...toolbox.keys()]
    .filter((name) => isRead(name) && !GENERAL.includes(name))
    .map((name) => ({ name, nouns: name.split('_').slice(1) }))
    .filter(({ nouns }) => nouns.length > 0 && nouns.every((noun) => question.has(singular(noun))))
    .sort((a, b) => b.nouns.length - a.nouns.length)[0]?.name
  const tool = exact ?? guessed
  if (tool === undefined) return undefined
  return {
    id: 'named-tool',
    about: 'A tool whose name is in the question.',
    example: '',
    must: [],
    changes: !isRead(tool),
    first: (scene) => [
      { tools: [tool], wants: everything(scene.question.entities), because: `The question names ${tool}.` },
    ],
  }
}

/** A question about the fleet that no rule and no offered tool fits: search for a tool, and run the read that fits best. */
export function searchRule(question: Question, toolbox: Toolbox): Rule | undefined {
  const keywords = question.words.filter((word) => word.length > 2 && !STOP.has(word))
  const asks =
    /^\s*(?:which|what|who|where|how many|list|show|get|find|check|compare|are there|is there|do we|any|describe|search)\b/i.test(
      question.text,
    )
  const names = question.has(SUBJECTS)
  if ((!asks && !names) || keywords.length === 0 || !toolbox.has('search_tools') || !toolbox.has('run_tool'))
    return undefined
  const query = keywords.slice(0, 6).join(' ')
  return {
    id: 'search',
    about: 'Anything else: search_tools with the words of the question, then run_tool with the read that fits.',
    example: '',
    must: [],
    first: () => [
      { tools: ['search_tools'], wants: { query }, because: 'None of my tools fits, so I search for one.' },
    ],
    after: (scene) => {
      const found = scene.calls.find(({ tool }) => tool === 'search_tools')?.result ?? ''
      const names = [...new Set(found.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [])].filter((name) => isRead(name))
      const fitting = names.find((name) =>
        name
          .split('_')
          .slice(1)
          .some((noun) => keywords.some((word) => singular(word) === singular(noun))),
      )
      if (fitting === undefined || scene.calls.some(({ calledAs }) => calledAs === 'run_tool')) return []
      return [{ tools: [fitting], wants: everything(scene.question.entities), because: `The search found ${fitting}.` }]
    },
  }
}

/** What the fleet has that no rule is about. */
const SUBJECTS =
  'cost|spend|usage|budget|report|audit|session|wallet|transaction|dispute|droplet|job|template|policy|autoscaling|anomaly|health check|ptp|dpdk|sriov|cnf|silence|resource|namespace|service'

const STOP = new Set(
  'the and for you can with are our all any has have had does did this that them there from into what which who where how many much list show get find give check tell compare describe search please could would should will about me their its was were been being now right currently some every each do is it of in on at to a an i we my us'.split(
    ' ',
  ),
)

const singular = (word: string) => word.replace(/ies$/, 'y').replace(/(?<![su])s$/, '')

function everything(entities: Entities): Wants {
  const { heads: _heads, traceId, ...rest } = entities
  return { ...rest, text: traceId }
}
