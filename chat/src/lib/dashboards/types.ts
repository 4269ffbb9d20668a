/** One pinned card: a reading call that is asked again, and its place on the grid of 12 columns. */
export interface PinnedCard {
  id: string
  tool: string
  input: Record<string, unknown>
  title: string
  /** Column from 0 */
  x: number
  /** Row from 0 */
  y: number
  /** Columns */
  w: number
  /** Rows */
  h: number
}

export interface Dashboard {
  id: string
  title: string
  /** Everyone who signs in may look */
  shared: boolean
  /** Id of the person whose it is */
  owner: string
  /** Only the owner changes it */
  mine: boolean
  /** Part of the product; it can be duplicated and not changed */
  builtIn?: boolean
  /** Grows with each change */
  version: number
  updatedAt: string
  cards: PinnedCard[]
}

/** A dashboard as a file that can be imported elsewhere. */
export interface DashboardFile {
  kind: 'quartermaster-dashboard'
  version: 1
  title: string
  cards: PinnedCard[]
}
