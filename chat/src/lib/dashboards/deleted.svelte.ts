import type { Dashboard } from './types.ts'

/** The dashboard that was just deleted here: it can be taken back until the page is left. */
class Deleted {
  board = $state.raw<Dashboard | undefined>()
}
export const deleted = new Deleted()
