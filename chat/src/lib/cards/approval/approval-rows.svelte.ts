import type { ApprovalPayload, ApprovalState } from '#contract'
import { live } from '../../live/live.svelte.ts'
import type { Words } from '../../words/index.ts'
import { cancelApproval, decide, fetchApproval } from './approval-client.ts'
import { furthest, phaseOf } from './approval-phase.ts'

/** Danger, a name to type, or money of two people is decided on its own card, never with others. */
export const isAlone = ({ risk, plan, needsSecond }: ApprovalPayload): boolean =>
  risk === 'danger' || plan.typedName !== undefined || needsSecond === true

/** Several approvals of one turn: how each stands, which are chosen, and what a person does with those together. */
export class ApprovalRows {
  /** As the turn has them */
  given = $state.raw<readonly ApprovalPayload[]>([])
  /** By id: why it could not be decided */
  problems = $state.raw<Readonly<Record<string, string>>>({})
  busy = $state(false)
  #known = $state.raw<Readonly<Record<string, ApprovalPayload>>>({})
  #left = $state.raw<ReadonlySet<string>>(new Set())
  readonly #now: () => number
  readonly #words: Words['approvals']

  constructor(now: () => number, words: Words['approvals']) {
    this.#now = now
    this.#words = words
  }

  readonly all = $derived.by(() => this.given.map((one) => furthest(one, this.#known[one.id])))
  readonly open = $derived.by(() => this.those('pending').filter((one) => !isAlone(one)))
  readonly chosen = $derived.by(() => this.open.filter(({ id }) => !this.#left.has(id)))
  readonly scheduled = $derived.by(() => this.those('scheduled'))

  those(state: ApprovalState): ApprovalPayload[] {
    return this.all.filter((one) => phaseOf(one, this.#now()) === state)
  }

  isChosen(id: string): boolean {
    return !this.#left.has(id)
  }

  toggle(id: string): void {
    const left = new Set(this.#left)
    if (!left.delete(id)) left.add(id)
    this.#left = left
  }

  /** Reads how they stand and follows them. @returns the end of it */
  watch(): () => void {
    const stops = this.given.map(({ id }) => {
      void this.#read(id)
      return live.connection.subscribe(`approvals/${id}`, () => void this.#read(id))
    })
    return () => {
      for (const stop of stops) stop()
    }
  }

  async #read(id: string): Promise<void> {
    const fresh = await fetchApproval(id)
    if (fresh) this.#known = { ...this.#known, [id]: fresh }
  }

  /** Each with a request of its own, one after the other: the plan of the next sees what the one before did. @returns ids that went through */
  decide(approve: boolean, reason: string): Promise<string[]> {
    const said = { approve, ...(!approve && reason.trim() && { reason: reason.trim() }) }
    return this.#each(this.chosen, (id) => decide(id, said, this.#words))
  }

  cancel(): Promise<string[]> {
    return this.#each(this.scheduled, (id) => cancelApproval(id, this.#words))
  }

  async #each(
    rows: readonly ApprovalPayload[],
    act: (id: string) => ReturnType<typeof cancelApproval>,
  ): Promise<string[]> {
    if (this.busy) return []
    this.busy = true
    this.problems = {}
    const done: string[] = []
    for (const { id } of rows) {
      const { approval, problem } = await act(id)
      if (approval) this.#known = { ...this.#known, [id]: approval }
      if (problem) {
        this.problems = { ...this.problems, [id]: problem }
        await this.#read(id)
      } else done.push(id)
    }
    this.busy = false
    return done
  }
}
