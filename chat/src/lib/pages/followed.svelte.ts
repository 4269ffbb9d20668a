import type { Answer } from '#contract'
import { liveSubject } from '../cards/live-subject.ts'
import { addEvent, type LiveCard, liveCard } from '../cards/merge.ts'
import { live } from '../live/live.svelte.ts'
import { Asked, type Question } from './asked.svelte.ts'

const soonMs = 700

/** The answer of a tool with the live events of its subject in it. Called while a component is made. */
export class Followed {
  #asked: Asked
  #card = $state.raw<LiveCard | undefined>()

  /** @param alsoAt further subjects whose events say that the answer is no longer true: it is asked again */
  constructor(question: () => Question | undefined, alsoAt: () => readonly string[] = () => []) {
    const asked = new Asked(question)
    this.#asked = asked
    $effect(() => {
      this.#card = asked.answer && liveCard(asked.answer)
    })
    const subject = $derived(asked.answer?.subject)
    $effect(() => {
      if (!subject) return
      return live.connection.subscribe(liveSubject(subject).pattern, (event) => {
        if (this.#card) this.#card = addEvent(this.#card, event)
      })
    })
    $effect(() => {
      let timer: ReturnType<typeof setTimeout> | undefined
      // What happens comes in bursts: one question for all of it
      const soon = () => {
        timer ??= setTimeout(() => {
          timer = undefined
          asked.again()
        }, soonMs)
      }
      const leave = alsoAt().map((subject) =>
        live.connection.subscribe(subject, ({ at }) => {
          if (asked.answer && at >= asked.answer.at) soon()
        }),
      )
      return () => {
        clearTimeout(timer)
        for (const one of leave) one()
      }
    })
  }

  get shown(): Answer | undefined {
    return this.#card?.shown ?? this.#asked.answer
  }

  /** What is shown as a card takes it, with where it is from. */
  get card() {
    const { shown } = this
    return shown && { ...this.#asked.card, answer: shown }
  }

  again() {
    this.#asked.again()
  }
}
