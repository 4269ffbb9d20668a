import { findMarks, stripMarks } from '../../../chat/evidence-marks.ts'
import type { Claim } from '../../../types.ts'
import type { IndexedSource } from './corpus.ts'
import { type Facts, factsOf } from './facts.ts'
import { sentencesOf } from './sentences.ts'

/** Advice, plans, conditions and questions state nothing about the fleet. */
const advice =
  /^(?:next(?: steps?)?\b|to\s|please\b|(?:then|first|finally|and|or|also)?,?\s*(?:check|try|run|restart|ask|consider|look|scale|drain|cordon|increase|decrease|reduce|raise|lower|set|use|call|open|say|verify|confirm|watch|wait|see|inspect|move|add|remove|delete|deploy|roll|keep|start|stop|compare|find|show|list|get|launch|pin|tell|let)\b|(?:i|we|you)(?:'ll|’ll|'d|’d)?\s+(?:would|will|can|could|should|may|might|recommend|suggest|propose|prepare|plan|advise|need|want)\b|i'll\b|i’ll\b|shall\b|do you\b|would you\b|if\b|unless\b|once\b|when\b|should\b|in case\b|for example\b|as a demo model\b)/i
/** The same in German, where the verb of a request stands first too. */
const rat =
  /^(?:als nächstes|nächste[rs]? schritte?|bitte\b|(?:dann|zuerst|und|oder|auch)?,?\s*(?:prüfe?|versuche?|starte|frage?|schau|skaliere|leere|sperre|erhöhe|senke|setze|nutze|öffne|warte|lösche|entferne|vergleiche|zeige?|lass)\b|(?:ich|wir|du)\s+(?:würde|werde|kann|könnte|sollte|möchte|empfehle|schlage|plane|kannst|könntest|solltest)\b|(?:soll|möchtest|willst|kannst|könnte|würde)\b|(?:wenn|falls|sobald|sofern)\b|zum beispiel\b)/i
/** What follows is told as a fact after all. */
const reason =
  /\b(?:because|weil|denn|since|as (?:it|they)|which (?:is|are|has|have|had))\b|[:;—] *(?:it|they|there|this|that) /i

const text = (sentence: string) =>
  stripMarks(sentence)
    .replace(/^[\s>*_~-]+/, '')
    .trim()

const isNoClaim = (sentence: string) =>
  /\?["')*_]*$/.test(sentence) || ((advice.test(sentence) || rat.test(sentence)) && !reason.test(sentence))

/**
 * What the sentences of one text part rest on. Pure: the same text and sources give the same claims. `part` is the place
 * of the text in its message.
 */
export function claimsOf(part: number, whole: string, sources: readonly IndexedSource[]): Claim[] {
  const known = new Map<string, boolean>()
  const isKnown = (name: string) => {
    let hit = known.get(name)
    if (hit === undefined) {
      hit = sources.some((source) => source.names(name))
      known.set(name, hit)
    }
    return hit
  }
  const ids = new Set(sources.map(({ id }) => id))
  return sentencesOf(whole).flatMap(({ start, end }): Claim[] => {
    const raw = whole.slice(start, end)
    const cited = [...new Set(findMarks(raw).flatMap((mark) => mark.ids))]
    if (cited.length > 0)
      return [{ part, start, end, ids: cited, state: cited.every((id) => ids.has(id)) ? 'cited' : 'unsupported' }]
    const sentence = text(raw)
    if (sentence === '' || isNoClaim(sentence)) return []
    const facts = factsOf(sentence, isKnown)
    if (facts.numbers.length + facts.names.length + facts.states.length === 0) return []
    const found = restsOn(facts, sources)
    return [{ part, start, end, ids: found ?? [], state: found ? 'found' : 'unsupported' }]
  })
}

/** What a change does to a thing; any other state is told of how things are. */
const effects = new Set(['cordoned', 'evicted', 'ready', 'running', 'restarted', 'replaced', 'upgraded'])

/** A sentence that only says what a planned change would do: its names and numbers stand in the plans, and it cites nothing. */
export function announces(raw: string, plans: readonly IndexedSource[]): boolean {
  if (findMarks(raw).length > 0) return false
  const { names, numbers, states } = factsOf(text(raw), (name) => plans.some((plan) => plan.names(name)))
  return (
    states.every((state) => effects.has(state)) &&
    names.every((name) => plans.some((plan) => plan.names(name))) &&
    numbers.every((number) => plans.some((plan) => plan.has(number)))
  )
}

/** The fewest calls, newest first, in which every fact stands; undefined where one stands in none. */
function restsOn(facts: Facts, sources: readonly IndexedSource[]): string[] | undefined {
  const newest = [...sources].reverse()
  // A number belongs to what it is said of: it must stand where one of the names stands.
  const about =
    facts.names.length === 0 ? newest : newest.filter((source) => facts.names.some((name) => source.names(name)))
  const needs = [
    ...facts.names.map((name) => newest.filter((source) => source.names(name))),
    ...facts.states.map((state) => about.filter((source) => source.state(state))),
    ...facts.numbers.map((number) =>
      about.filter(
        (source) => source.has(number) || facts.states.some((state) => source.countOf(state) === number.value),
      ),
    ),
  ]
  if (needs.some((candidates) => candidates.length === 0)) return undefined
  const chosen: IndexedSource[] = []
  let open = needs
  while (open.length > 0) {
    const best = newest.reduce((a, b) => (count(open, b) > count(open, a) ? b : a))
    chosen.push(best)
    open = open.filter((candidates) => !candidates.includes(best))
  }
  return chosen.map(({ id }) => id).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
}

const count = (needs: readonly IndexedSource[][], source: IndexedSource) =>
  needs.filter((candidates) => candidates.includes(source)).length
