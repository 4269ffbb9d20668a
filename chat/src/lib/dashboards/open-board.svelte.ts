import { loadDashboard, type Refused, saveDashboard } from './client.ts'
import { type Differences, differences } from './differences.ts'
import type { Dashboard, PinnedCard } from './types.ts'

interface Change {
  title?: string
  shared?: boolean
  cards?: PinnedCard[]
}

const saveAfterMs = 400

/** A dashboard as this window has it: what is changed here shows at once and is saved a moment later. */
export class OpenBoard {
  board = $state.raw<Dashboard | undefined>()
  refused = $state.raw<Refused | undefined>()
  saving = $state.raw(false)
  /** Another window saved meanwhile: what it did, and the dashboard as it left it */
  conflict = $state.raw<{ theirs: Dashboard; did: Differences } | undefined>()
  #saved: Dashboard | undefined
  #waiting: Change = {}
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(builtIn?: Dashboard) {
    this.board = builtIn
  }

  async load(id: string) {
    const { value, refused } = await loadDashboard(id)
    this.refused = refused
    this.board = value
    this.#saved = value
  }

  change(change: Change) {
    if (!this.board?.mine) return
    this.board = { ...this.board, ...change }
    this.#waiting = { ...this.#waiting, ...change }
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.save(), saveAfterMs)
  }

  async save() {
    clearTimeout(this.#timer)
    const { board } = this
    const change = this.#waiting
    if (!board || Object.keys(change).length === 0 || this.saving || this.conflict) return
    this.#waiting = {}
    this.saving = true
    const { value, refused } = await saveDashboard(board.id, { version: board.version, ...change })
    this.saving = false
    if (value) {
      this.refused = undefined
      this.#saved = value
      this.board = { ...value, ...this.#waiting }
      void this.save()
      return
    }
    this.#waiting = { ...change, ...this.#waiting }
    if (refused.current && this.#saved)
      this.conflict = { theirs: refused.current, did: differences(this.#saved, refused.current) }
    else this.refused = refused
  }

  takeTheirs() {
    if (!this.conflict) return
    this.board = this.conflict.theirs
    this.#saved = this.conflict.theirs
    this.#waiting = {}
    this.conflict = undefined
  }

  keepMine() {
    if (!this.conflict || !this.board) return
    this.board = { ...this.board, version: this.conflict.theirs.version }
    this.#saved = this.conflict.theirs
    this.conflict = undefined
    void this.save()
  }
}
