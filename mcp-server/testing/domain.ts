import * as z from 'zod'
import { cards, ToolError } from '#contract'
import { defineDomain, defineTool } from '#define'

/** A small outside: a shelf of named things, with a revision that moves when somebody else changes it. */
export interface Shelf {
  things: Map<string, number>
  revision: number
  /** Runs of the change, by idempotency key */
  runs: string[]
  fail?: Error
  /** Calls that wait for their signal now, and those it stopped */
  waiting: number
  aborted: number
}

const output = z.strictObject({
  title: z.string(),
  columns: z.array(cards.table.payload.shape.columns.element),
  rows: z.array(z.looseObject({ id: z.string() })),
})
const empty = { title: 'Nothing', columns: [] }

/** Tools over a shelf: enough to walk every step of the road without any upstream. */
export function shelfDomain(shelf: Shelf) {
  const listThings = defineTool({
    name: 'list_things',
    title: 'Things',
    about: 'Things on the shelf',
    risk: 'read',
    card: 'table',
    needs: [],
    input: z.strictObject({ limit: z.number().int().min(1).max(500).default(50).describe('Rows at most') }),
    output,
    examples: [{}],
    route: { method: 'GET', path: '/things' },
    text: (data) => data.rows.map(({ id }) => id).join('\n'),
    async run() {
      if (shelf.fail) throw shelf.fail
      return { data: { title: 'Things', columns: [], rows: [...shelf.things].map(([id, count]) => ({ id, count })) } }
    },
  })
  const echo = defineTool({
    name: 'echo_secret',
    title: 'Echo',
    about: 'Answers what it was given, in every place',
    risk: 'read',
    card: 'table',
    needs: [],
    input: z.strictObject({ word: z.string().describe('Word') }),
    output,
    examples: [{ word: 'x' }],
    text: (data) => `password=${(data.rows[0] as { password?: string }).password}`,
    run: async ({ word }) => ({
      data: { ...empty, rows: [{ id: '1', password: word, log: `token: ${word}` }] },
      next: [`Bearer ${word}`],
    }),
  })
  const hang = defineTool({
    name: 'hang',
    title: 'Hang',
    about: 'Never answers, and ignores its signal',
    risk: 'read',
    card: 'table',
    needs: [],
    input: z.strictObject({}),
    output,
    examples: [{}],
    timeoutMs: 60,
    text: () => '',
    run: () => new Promise<never>(() => {}),
  })
  const waitForStop = defineTool({
    name: 'wait_for_stop',
    title: 'Wait for stop',
    about: 'Answers only when it is stopped',
    risk: 'read',
    card: 'table',
    needs: [],
    input: z.strictObject({}),
    output,
    examples: [{}],
    text: () => '',
    run: (_, ctx) =>
      new Promise<never>((_resolve, reject) => {
        shelf.waiting++
        const stop = () => {
          shelf.waiting--
          shelf.aborted++
          reject(new Error('stopped'))
        }
        ctx.signal.addEventListener('abort', stop, { once: true })
      }),
  })
  const lie = defineTool({
    name: 'lie',
    title: 'Lie',
    about: 'Answers what its output does not allow',
    risk: 'read',
    card: 'table',
    needs: [],
    input: z.strictObject({}),
    output,
    examples: [{}],
    text: () => '',
    run: async () => ({ data: { title: 1 } as never }),
  })
  const partly = defineTool({
    name: 'ask_clusters',
    title: 'Ask clusters',
    about: 'Some answer and some do not',
    risk: 'read',
    card: 'table',
    needs: [],
    input: z.strictObject({
      failing: z.number().int().min(0).describe('How many fail'),
      of: z.number().int().min(1).describe('Of how many'),
      found: z.boolean().default(true).describe('Those that answer have something'),
    }),
    output,
    examples: [{ failing: 1, of: 2 }],
    text: () => 'rows',
    async run({ failing, of, found }, ctx) {
      const names = Array.from({ length: of }, (_, n) => `c${n}`)
      const { clusters } = await ctx.fanOut(names, async (name) => {
        if (Number(name.slice(1)) < failing)
          throw new ToolError('cluster-unreachable', `${name} is down`, { next: 'Check it' })
        return name
      })
      if (!found) return { empty: { title: 'Nothing', likely: ['It is new'], next: ['make one'] }, clusters }
      return { data: { ...empty, rows: [{ id: 'x' }] }, clusters }
    },
  })
  const place = defineTool({
    name: 'place_thing',
    title: 'Place a thing',
    about: 'Puts things on the shelf',
    risk: 'change',
    afterCrash: 'rerun',
    card: 'progress',
    needs: [],
    input: z.strictObject({
      id: z.string().min(1).describe('Thing'),
      count: z.number().int().min(1).default(1).describe('How many'),
    }),
    output: cards.progress.payload,
    examples: [{ id: 'a' }],
    route: { method: 'POST', path: '/things' },
    text: (data) => data.title,
    async plan({ id, count }) {
      if (id === 'too-big') throw new ToolError('does-not-fit', 'It does not fit', { next: 'Smaller' })
      return {
        summary: `Place ${count} ${id}`,
        verb: `Place ${id}`,
        steps: [{ verb: 'Place', target: id }],
        checks: [{ label: 'Room', state: id === 'hopeless' ? ('fail' as const) : ('pass' as const) }],
        impact: [{ label: 'Things', value: String(count) }],
        guard: { revision: String(shelf.revision) },
      }
    },
    async run({ id, count }, ctx) {
      shelf.runs.push(ctx.idempotencyKey)
      if (shelf.fail) throw shelf.fail
      shelf.things.set(id, count)
      const at = ctx.now().toISOString()
      return {
        data: { title: `Placed ${id}`, state: 'succeeded' as const, steps: [], facts: [], startedAt: at, endedAt: at },
        subject: `shelf/${id}`,
      }
    },
  })
  const clear = defineTool({
    name: 'clear_shelf',
    title: 'Clear the shelf',
    about: 'Takes everything off the shelf',
    risk: 'danger',
    afterCrash: 'report',
    card: 'progress',
    needs: [],
    input: z.strictObject({}),
    output: cards.progress.payload,
    examples: [{}],
    text: (data) => data.title,
    plan: async () => ({
      summary: 'Clear the shelf',
      verb: 'Clear it',
      steps: [],
      checks: [],
      impact: [],
      guard: {},
      typedName: 'shelf-1',
    }),
    async run(_, ctx) {
      shelf.things.clear()
      return {
        data: {
          title: 'Cleared',
          state: 'succeeded' as const,
          steps: [],
          facts: [],
          startedAt: ctx.now().toISOString(),
        },
      }
    },
  })
  const report = defineTool({
    name: 'report_in',
    title: 'Report in',
    about: 'For workers',
    audience: ['worker'],
    risk: 'change',
    withoutApproval: 'a machine reports its own state',
    card: 'table',
    needs: [],
    input: z.strictObject({}),
    output,
    examples: [{}],
    text: () => 'ok',
    run: async () => ({ data: { ...empty, rows: [] } }),
  })
  return defineDomain({
    name: 'shelf',
    about: 'A shelf',
    tools: [listThings, echo, hang, waitForStop, lie, partly, place, clear, report],
  })
}

export const newShelf = (count = 3): Shelf => ({
  things: new Map(Array.from({ length: count }, (_, n) => [`thing-${n}`, n])),
  revision: 1,
  runs: [],
  waiting: 0,
  aborted: 0,
})
