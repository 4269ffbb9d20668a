import { type Entities, type KnownNames, readEntities } from '../entities.ts'
import { hasGroup, wordsOf } from './words.ts'

/** A question, read. A follow-up carries the words and entities of what it continues. */
export interface Question {
  text: string
  plain: string
  words: string[]
  entities: Entities
  /** The question as it was said, then what it continues, newest first. */
  chain: Said[]
  /** Whether one of "a|b|c d" stands in the text, names left out. */
  has(group: string): boolean
}

/** One message of the person on its own. */
export interface Said {
  text: string
  plain: string
  has(group: string): boolean
}

export function readQuestion(text: string, known: KnownNames): Question {
  const { entities, plain } = readEntities(text, known)
  const words = wordsOf(plain)
  const said: Said = { text, plain, has: (group) => hasGroup(words, group) }
  return { ...said, words, entities, chain: [said] }
}

/** A follow-up on top of the question it continues: what it names wins, the rest stays as it was. */
export function continueQuestion(before: Question, next: Question): Question {
  const words = [...before.words, ...next.words]
  return {
    text: next.text,
    plain: next.plain,
    words,
    entities: { ...before.entities, ...next.entities },
    chain: [...next.chain, ...before.chain],
    has: (group) => hasGroup(words, group),
  }
}

const OPENERS =
  /^\s*(?:and|only|just|but|or|now|also|then|so|ok(?:ay)?|what about|how about|same|again|for|in|on|with|without|per|by|instead|not|make (?:it|that)|try|use|no[,.]?|actually|exclude|the)\b/i
const OTHERWISE = /\b(?:instead|rather|as well|too|again|same|this time)\b/i

/** A text that reads like the continuation of a question: short, and it starts in the middle. */
export function isFragment(question: Question): boolean {
  const names = Object.keys(question.entities).length
  if (question.words.length <= 2 && names > 0) return true
  return question.words.length <= 9 && (OPENERS.test(question.text) || OTHERWISE.test(question.text))
}

const REFERS =
  /\b(?:it|its|it's|them|their|those|these|the same|that (?:cluster|node|pod|model|one|namespace|deployment|job|gpu)|this (?:cluster|node|pod|model|one|namespace|deployment|job))\b|(?<!\b(?:is|are|was|were|if|be)\s)\bthere\b/i

/** Whether a text points back at what was talked about: "its logs", "deploy it there", "that cluster". */
export function refersBack(question: Question): boolean {
  return REFERS.test(question.text)
}
