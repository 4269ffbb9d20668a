import { readResult } from '../results.ts'
import type { Rule, Scene } from './rule.ts'

export const talkRules: Rule[] = [
  {
    id: 'approve',
    about: 'A "yes" after a request for approval: only a person can approve, with the button of the card.',
    example: 'Yes, go ahead',
    must: ['yes|yep|go ahead|approve|approved|confirm|do it|ok|okay|sure|proceed'],
    not: ['which|what|list|show|how', 'alert', 'node', 'pod'],
    when: ({ words, plain }) =>
      words.length <= 6 && /^\W*(?:yes|yep|yeah|go ahead|approve|confirm|do it|ok|okay|sure|proceed)\b/.test(plain),
    weight: -5,
    first: (scene) => ({
      say: waiting(scene)
        ? 'I cannot approve anything: a person does that, with the button on the card above. Until then nothing is changed.'
        : 'There is nothing of mine that waits for an approval here. Tell me what you would like to know or do.',
    }),
  },
  {
    id: 'approvals',
    about: 'What waits for approval: list_approvals.',
    example: 'Which approvals are waiting?',
    must: ['approval|waiting for me|to approve'],
    should: ['which|what|list|show|any|pending|waiting'],
    weight: 2,
    first: () => [
      { tools: ['list_approvals'], wants: { status: 'pending' }, because: 'I list what waits for approval.' },
    ],
  },
  {
    id: 'more',
    about: 'More of the last result: get_result with its id and cursor.',
    example: 'Show me the rest',
    must: ['more|next page|the rest|remaining|all of them|continue'],
    not: ['or more|no more|more than', 'free|idle'],
    when: ({ words }) => words.length <= 7,
    weight: 3,
    first: (scene) => {
      const { result, cursor } = lastResult(scene)
      if (result === undefined)
        return { say: 'There is no longer result to page through. Ask the question again, with a filter.' }
      return [
        { tools: ['get_result'], wants: { result, cursor }, because: 'I fetch the next page of the last result.' },
      ]
    },
  },
  {
    id: 'thanks',
    about: 'Thanks are taken without a tool.',
    example: 'Thanks!',
    must: ['thank|thanks|thx|cheers|great|perfect|nice|bye|goodbye'],
    when: ({ words, has }) => words.length <= 5 && !has('node|pod|cluster|gpu|alert|model'),
    weight: -6,
    first: () => ({ say: 'You are welcome.' }),
  },
]

function waiting(scene: Scene): boolean {
  return scene.earlier
    .slice(-3)
    .some((call) => call.result !== undefined && readResult(call.tool, call.result).waitsForPerson)
}

function lastResult(scene: Scene): { result?: string; cursor?: string } {
  for (const call of [...scene.earlier].reverse()) {
    const result =
      /\bresult\W{1,3}([a-z0-9][\w-]*\d[\w-]*)/i.exec(call.result ?? '')?.[1] ??
      (typeof call.input.result === 'string' ? call.input.result : undefined)
    if (result !== undefined) return { result, cursor: /\bcursor\W{1,3}([\w+/=.-]+)/i.exec(call.result ?? '')?.[1] }
  }
  return {}
}
