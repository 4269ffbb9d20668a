import { boolean, index, integer, pgTable, text } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'

/** Pinned cards: saved reading calls that are asked again over one time range. */
export const dashboards = pgTable(
  'dashboards',
  () => ({
    id: text('id').primaryKey(),
    owner: freeText('owner').notNull(),
    title: freeText('title').notNull(),
    /** Everyone who signs in may look; only the owner changes it */
    shared: boolean('shared').notNull().default(false),
    cards: document<unknown[]>('cards').notNull(),
    /** Grows with each change: a change that rests on an older one is refused */
    version: integer('version').notNull().default(1),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  }),
  (table) => [index('dashboards_owner').on(table.owner, table.updatedAt)],
)

/** How a person likes the product: theme, density, language, shortcuts, what to be told. */
export const preferences = pgTable('preferences', () => ({
  owner: freeText('owner').primaryKey(),
  value: document<Record<string, unknown>>('value').notNull(),
  updatedAt: moment('updated_at').notNull(),
}))

/** What a person should know though they look elsewhere. */
export const notifications = pgTable(
  'notifications',
  () => ({
    id: text('id').primaryKey(),
    owner: freeText('owner').notNull(),
    kind: text('kind').notNull(),
    tone: text('tone', { enum: ['good', 'warn', 'bad', 'neutral', 'busy'] }).notNull(),
    title: freeText('title').notNull(),
    body: freeText('body').notNull(),
    /** Path of the page that shows it */
    href: text('href').notNull(),
    /** One of a kind per subject: a newer one replaces it */
    subject: freeText('subject').notNull(),
    at: moment('at').notNull(),
    readAt: moment('read_at'),
  }),
  (table) => [
    index('notifications_owner').on(table.owner, table.at),
    index('notifications_subject').on(table.owner, table.subject),
  ],
)

/** A browser that wants to be told of approvals while no page is open (RFC 8030). */
export const pushSubscriptions = pgTable(
  'push_subscriptions',
  () => ({
    endpoint: text('endpoint').primaryKey(),
    owner: freeText('owner').notNull(),
    keys: document<{ p256dh: string; auth: string }>('keys').notNull(),
    device: freeText('device').notNull(),
    createdAt: moment('created_at').notNull(),
    lastSentAt: moment('last_sent_at'),
    failures: integer('failures').notNull().default(0),
  }),
  (table) => [index('push_subscriptions_owner').on(table.owner)],
)
