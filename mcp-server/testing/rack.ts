import * as z from 'zod'
import { cards, type Plan } from '#contract'
import { defineDomain, defineTool } from '#define'

/** Another small outside, whose things have a cluster, a name and a level: enough for grants and rollbacks. */
export interface Rack {
  levels: Map<string, number>
  /** Runs by idempotency key */
  runs: string[]
  /** The plan costs money */
  price: boolean
  /** Checks of the plan fail */
  full: boolean
}

export const newRack = (): Rack => ({ levels: new Map([['east/web', 2]]), runs: [], price: false, full: false })

export function rackDomain(rack: Rack) {
  const input = z.strictObject({
    cluster: z.string().describe('Where'),
    name: z.string().describe('Thing'),
    level: z.number().int().min(0).describe('Wanted'),
    force: z.boolean().default(false).describe('Whatever holds it'),
  })
  const setLevel = defineTool({
    name: 'set_level',
    title: 'Set a level',
    about: 'Sets the level of a thing of the rack',
    risk: 'change',
    afterCrash: 'rerun',
    card: 'progress',
    needs: [],
    input,
    output: cards.progress.payload,
    examples: [{ cluster: 'east', name: 'web', level: 3 }],
    text: (data) => data.title,
    undo: (asked, { guard }) => ({ tool: 'set_level', input: { ...asked, level: Number(guard.level) } }),
    async plan({ cluster, name, level }): Promise<Plan> {
      const before = String(rack.levels.get(`${cluster}/${name}`) ?? 0)
      return {
        summary: `Set ${name} on ${cluster} from ${before} to ${level}`,
        verb: `Set ${name}`,
        cluster,
        steps: [{ verb: 'Set', target: name }],
        checks: [{ label: 'Room', state: rack.full ? 'fail' : 'pass' }],
        impact: [],
        ...(rack.price && { costPerHour: { amount: 100, currency: 'usd-cent' as const } }),
        guard: { level: before },
      }
    },
    async run({ cluster, name, level }, ctx) {
      rack.runs.push(ctx.idempotencyKey)
      rack.levels.set(`${cluster}/${name}`, level)
      const at = ctx.now().toISOString()
      return {
        data: {
          title: `${name} is ${level}`,
          state: 'succeeded' as const,
          steps: [],
          facts: [],
          startedAt: at,
          endedAt: at,
        },
      }
    },
  })
  return defineDomain({ name: 'rack', about: 'A rack of things', tools: [setLevel] })
}
