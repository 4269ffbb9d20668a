import type { RequestEvent } from '@sveltejs/kit'
import * as z from 'zod'
import { columns, mostRows } from '../dashboards/layout.ts'
import { type DashboardStore, dashboardStore } from './dashboards.ts'
import { newId } from './http.ts'
import { refuseChanging } from './pinnable.ts'

const id = z.string().regex(/^[\w-]{1,64}$/)
const title = z.string().trim().min(1).max(120)
const whole = (least: number, most: number) => z.number().int().min(least).max(most)
const mostInputBytes = 8 * 1024

const card = z
  .strictObject({
    id,
    tool: z.string().regex(/^[a-z][a-z0-9_]{1,63}$/),
    input: z
      .record(z.string(), z.unknown())
      .refine((input) => JSON.stringify(input).length <= mostInputBytes, 'the arguments are too long'),
    title,
    x: whole(0, columns - 1),
    y: whole(0, 2_000),
    w: whole(1, columns),
    h: whole(1, mostRows),
  })
  .refine(({ x, w }) => x + w <= columns, 'the card does not fit on the grid')
const cards = z
  .array(card)
  .max(40)
  .refine((all) => new Set(all.map((one) => one.id)).size === all.length, 'two cards have the same id')

export const createDashboard = z.strictObject({
  /** Of one that was deleted and comes back */
  id: id.optional(),
  title,
  shared: z.boolean().optional(),
  cards: cards.default([]),
})
export const changeDashboard = z.strictObject({
  version: whole(1, Number.MAX_SAFE_INTEGER),
  title: title.optional(),
  shared: z.boolean().optional(),
  cards: cards.optional(),
})

/** The dashboards of whoever asks. */
export function dashboardsOf({ locals: { host } }: Pick<RequestEvent, 'locals'>): DashboardStore {
  const now = () => Date.now()
  return dashboardStore({
    db: host.db,
    owner: host.person.id,
    now: () => new Date(now()),
    newId,
    check: (cards) => refuseChanging(cards, { host, now }),
  })
}
