import { tick } from 'svelte'
import type { ChatMessage } from '../types.ts'
import { readyToDraw } from './drawn-cards.ts'
import { openingTurns } from './opening-turns.ts'

/** Turns that are there in the end without anybody asking: what one finds on the page without looking further */
const restTurns = 60
const idleTurns = 2
const nearTurns = 12

/** Runs it when the page has nothing better to do. */
const whenIdle = (work: () => void) => (globalThis.requestIdleCallback ?? setTimeout)(work)

/** What of a chat it takes to draw it. */
export interface Conversation {
  readonly shown: ChatMessage[]
  readonly earlier: boolean
  loadEarlier(): Promise<boolean>
}

/** How many of a conversation's last turns are in the page. A few at first; more above them as time allows, or as the reader comes near. */
export class DrawnTurns {
  count = $state(1)
  readonly #chat: Conversation
  readonly #box: () => HTMLElement | undefined
  #drawing: Promise<boolean> | undefined

  /** `box` is what scrolls. */
  constructor(chat: Conversation, box: () => HTMLElement | undefined) {
    this.#chat = chat
    this.#box = box
    this.count = openingTurns(chat.shown)
  }

  /** Some more above those that are drawn. False when there are none to be had. */
  async more(turns = nearTurns): Promise<boolean> {
    this.#drawing ??= this.#more(turns).finally(() => {
      this.#drawing = undefined
    })
    return this.#drawing
  }

  async #more(turns: number): Promise<boolean> {
    const chat = this.#chat
    const had = Math.min(this.count, chat.shown.length)
    if (chat.shown.length <= this.count && !(await chat.loadEarlier())) return false
    // None of them appears empty first
    await readyToDraw(chat.shown.slice(-(had + turns), -had))
    const box = this.#box()
    const first = box?.querySelector<HTMLElement>('[data-turn]')
    const before = first?.getBoundingClientRect().top ?? 0
    this.count = had + turns
    await tick()
    // At the very top the browser does not hold the reader's place by itself.
    if (box && first && box.scrollTop < 2) box.scrollTop += first.getBoundingClientRect().top - before
    return true
  }

  /** As many as it takes to have this one. False when it is not loaded. */
  async upTo(id: string): Promise<boolean> {
    const { shown } = this.#chat
    const index = shown.findIndex((message) => message.id === id)
    if (index < 0) return false
    this.count = Math.max(this.count, shown.length - index)
    await tick()
    return true
  }

  /** The turns before those that it opened with, a few at a time while the page rests. What it answers ends that. */
  fill(): () => void {
    let ended = false
    const next = () => {
      if (ended || this.count >= restTurns) return
      void this.more(idleTurns).then((more) => {
        if (more) whenIdle(next)
        // Nothing is left to draw now: of what is said from here on all stays
        else this.count = Math.max(this.count, restTurns)
      })
    }
    whenIdle(next)
    return () => {
      ended = true
    }
  }
}
