import type { Answer } from '#contract'
import { provideActions, useActions } from '../cards/actions.ts'
import { fetchApproval } from '../cards/approval/approval-client.ts'
import { approvalOf } from '../cards/merge.ts'
import { live } from '../live/live.svelte.ts'
import { notice } from '../shell/notice.svelte.ts'
import { useWords } from '../words/index.ts'
import { askTool } from './ask-tool.ts'

interface Options {
  /** The plan was approved, here or on another device, and what it does was begun: its answer */
  ondone?: (outcome: Answer | undefined) => void
}

/** A change of a page: its plan, and what became of it. Called while a component is made. */
export class Planned {
  answer = $state.raw<Answer | undefined>()
  /** What the plan was asked with */
  asked = $state.raw<{ tool: string; input: object } | undefined>()
  busy = $state(false)
  #options: Options
  #told: string | undefined
  #words = useWords().ui

  constructor(options: Options = {}) {
    this.#options = options
    provideActions({
      ...useActions(),
      decided: (approval) => void this.#decided(approval),
    })
    const approval = $derived(this.answer && approvalOf(this.answer)?.id)
    $effect(() => {
      if (!approval) return
      return live.connection.subscribe(`approvals/${approval}`, () => void this.#decided(approval))
    })
  }

  async plan(tool: string, input: object): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.answer = undefined
    this.asked = { tool, input }
    this.answer = await askTool(tool, input, { words: this.#words })
    this.busy = false
  }

  /** Told by an event and by the card: whichever comes first. */
  async #decided(id: string) {
    const approval = await fetchApproval(id)
    if (!approval || this.#told === id || (approval.state !== 'succeeded' && approval.state !== 'failed')) return
    this.#told = id
    const outcome = approval.outcome as unknown as Answer | undefined
    if (approval.state === 'failed') {
      notice.say(outcome?.error?.message ?? approval.reason ?? this.#words.failedAfterAll, 'bad')
      return
    }
    notice.say(this.#words.done(approval.plan.verb))
    this.#options.ondone?.(outcome)
  }
}
