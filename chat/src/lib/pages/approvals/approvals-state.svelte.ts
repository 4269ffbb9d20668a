import type { ApprovalPayload } from '#contract'
import {
  type ApprovalFilters,
  type ApprovalRow,
  fetchApproval,
  type GrantRow,
  listApprovals,
  listGrants,
} from '../../cards/approval/approval-client.ts'
import { isOpenState, merged, rowOf } from './approval-order.ts'

interface Wanted {
  filters: ApprovalFilters
  /** Id that the address names: it stands in the list, however it is */
  open: string | undefined
}

/** What the page of approvals knows. Rows that waited while the page was open stay on it. */
export class Approvals {
  /** Waiting, about to run, or decided since the page was opened; undefined until the server has answered */
  standing = $state.raw<ApprovalRow[] | undefined>()
  earlier = $state.raw<ApprovalRow[]>([])
  grants = $state.raw<GrantRow[]>([])
  /** Of a standing row, by the id of its conversation: its title, or '' where it is somebody else's */
  titles = $state.raw<ReadonlyMap<string, string>>(new Map())
  failed = $state(false)
  /** Open as the page came: the oldest that waited then, so that a later one opens nothing by itself */
  first = $state.raw<string | undefined>()
  #asked = 0
  #running: Promise<void> | undefined
  #again: Wanted | undefined

  /** All of it, read anew. Events in a burst make one more reading, not one each. */
  load(wanted: Wanted): Promise<void> {
    if (this.#running) {
      this.#again = wanted
      return this.#running
    }
    this.#running = this.#read(wanted).finally(() => {
      this.#running = undefined
      const again = this.#again
      this.#again = undefined
      if (again) void this.load(again)
    })
    return this.#running
  }

  /** Only what was there before, with other filters. */
  async find(filters: ApprovalFilters): Promise<void> {
    const mine = ++this.#asked
    const found = await listApprovals(filters)
    if (mine === this.#asked && found) this.earlier = found
  }

  async #read({ filters, open }: Wanted): Promise<void> {
    const mine = ++this.#asked
    const [waiting, scheduled, found, allowed] = await Promise.all([
      listApprovals('pending'),
      listApprovals({ state: 'scheduled' }),
      listApprovals(filters),
      listGrants(),
    ])
    this.failed = waiting === undefined && this.standing === undefined
    if (!waiting) return
    const fresh = [...waiting, ...(scheduled ?? [])]
    const settled = await this.#settled(fresh, open)
    const before = this.standing
    this.standing = merged(before ?? [], [...fresh, ...settled])
    if (!before) this.first = this.standing.find(({ state }) => state === 'pending')?.id
    if (mine === this.#asked && found) this.earlier = found
    this.grants = allowed ?? this.grants
    void this.#entitle()
  }

  /** What waits no longer, and the one that the address names: how they stand. */
  async #settled(fresh: readonly ApprovalRow[], open: string | undefined): Promise<ApprovalRow[]> {
    const standing = this.standing ?? []
    const left = standing.filter(({ id, state }) => isOpenState(state) && !fresh.some((row) => row.id === id))
    const named = open !== undefined && ![...standing, ...fresh].some(({ id }) => id === open) ? [open] : []
    const read = await Promise.all([...left.map(({ id }) => id), ...named].map((id) => fetchApproval(id)))
    return read.filter((one): one is ApprovalPayload => one !== undefined).map(rowOf)
  }

  async #entitle(): Promise<void> {
    const wanted = new Set((this.standing ?? []).flatMap(({ conversation }) => conversation ?? []))
    const missing = [...wanted].filter((id) => !this.titles.has(id))
    if (missing.length === 0) return
    const read = await Promise.all(missing.map(async (id): Promise<[string, string]> => [id, await titleOf(id)]))
    this.titles = new Map([...this.titles, ...read])
  }
}

async function titleOf(conversation: string): Promise<string> {
  try {
    const response = await fetch(`/api/v1/chat/sessions/${encodeURIComponent(conversation)}`)
    return response.ok ? String(((await response.json()) as { title?: string }).title ?? '') : ''
  } catch {
    return ''
  }
}
