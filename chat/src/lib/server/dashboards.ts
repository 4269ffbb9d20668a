import { ToolError } from '#contract'
import { and, desc, eq, or, sql } from '#db/drizzle.ts'
import type { Db } from '#db/open.ts'
import { dashboards } from '#db/schema/chat-pages.ts'
import type { Dashboard, PinnedCard } from '../dashboards/types.ts'

interface Deps {
  db(): Promise<Db>
  /** Id of the person who asks */
  owner: string
  now: () => Date
  newId: () => string
  /** Refuses what may not be pinned. ToolError */
  check(cards: readonly PinnedCard[]): Promise<void>
}

export interface DashboardChange {
  /** The one the change rests on */
  version: number
  title?: string | undefined
  shared?: boolean | undefined
  cards?: PinnedCard[] | undefined
}

export interface DashboardStore {
  /** Own ones and those that others share, the latest first */
  list(): Promise<Dashboard[]>
  /** ToolError not-found */
  get(id: string): Promise<Dashboard>
  create(given: { id?: string; title: string; shared?: boolean; cards: PinnedCard[] }): Promise<Dashboard>
  /** ToolError conflict with the dashboard as it is now in `details.current` */
  update(id: string, change: DashboardChange): Promise<Dashboard>
  remove(id: string): Promise<void>
}

type Row = typeof dashboards.$inferSelect

const mostDashboards = 200

const notFound = (id: string) =>
  new ToolError('not-found', `There is no dashboard ${id} that you may see.`, {
    next: 'Open the list of dashboards; the owner may have deleted it or share it no longer.',
  })

const conflict = (current: Dashboard) =>
  new ToolError('conflict', `This dashboard was changed meanwhile (${current.updatedAt}).`, {
    next: 'Take the newer one, or save yours over it.',
    details: { current },
    changed: 'nothing',
  })

/** What is asked, whatever the place: a card that only moves need not be checked again. */
const callOf = ({ tool, input }: PinnedCard) => JSON.stringify([tool, input])

/** Dashboards of pinned cards: each belongs to one person, who may let everyone look. */
export function dashboardStore({ db: open, owner, now, newId, check }: Deps): DashboardStore {
  const view = ({ cards, updatedAt, createdAt: _, ...row }: Row): Dashboard => ({
    ...row,
    cards: cards as PinnedCard[],
    updatedAt: updatedAt.toISOString(),
    mine: row.owner === owner,
  })
  const visible = or(eq(dashboards.owner, owner), eq(dashboards.shared, true))

  async function find(db: Db, id: string): Promise<Row> {
    const [row] = await db
      .select()
      .from(dashboards)
      .where(and(eq(dashboards.id, id), visible))
    if (!row) throw notFound(id)
    return row
  }
  async function findOwn(db: Db, id: string): Promise<Row> {
    const row = await find(db, id)
    if (row.owner !== owner)
      throw new ToolError('permission-denied', `${row.title} belongs to somebody else.`, {
        next: 'Duplicate it and change yours.',
        changed: 'nothing',
      })
    return row
  }

  return {
    async list() {
      const rows = await (await open())
        .select()
        .from(dashboards)
        .where(visible)
        .orderBy(desc(dashboards.updatedAt))
        .limit(mostDashboards)
      return rows.map(view)
    },
    async get(id) {
      return view(await find(await open(), id))
    },
    async create({ id = newId(), title, shared = false, cards }) {
      await check(cards)
      const at = now()
      const [row] = await (await open())
        .insert(dashboards)
        .values({ id, owner, title, shared, cards, createdAt: at, updatedAt: at })
        .onConflictDoNothing()
        .returning()
      if (!row)
        throw new ToolError('conflict', 'There is a dashboard of this id already.', {
          next: 'Leave the id out.',
          changed: 'nothing',
        })
      return view(row)
    },
    async update(id, { version, ...change }) {
      const db = await open()
      const before = await findOwn(db, id)
      const known = new Set((before.cards as PinnedCard[]).map(callOf))
      await check((change.cards ?? []).filter((card) => !known.has(callOf(card))))
      const [row] = await db
        .update(dashboards)
        .set({ ...change, updatedAt: now(), version: sql`${dashboards.version} + 1` })
        .where(and(eq(dashboards.id, id), eq(dashboards.owner, owner), eq(dashboards.version, version)))
        .returning()
      if (!row) throw conflict(view(await findOwn(db, id)))
      return view(row)
    },
    async remove(id) {
      const db = await open()
      await findOwn(db, id)
      await db.delete(dashboards).where(and(eq(dashboards.id, id), eq(dashboards.owner, owner)))
    },
  }
}
