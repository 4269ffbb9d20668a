import * as z from 'zod'
import { cards } from '#contract'
import { defineDomain, defineJob, defineTool } from '#define'
import { system } from '#tools/system/domain.ts'
import { build, httpFace, readConfig } from '../build.ts'
import { listen } from '../http.ts'
import { newShelf, shelfDomain } from './domain.ts'

// A whole server over the shelf as a process of its own, so that it can be killed. Its parent moves its clock, and makes
// its slow change hang.
let aheadMs = 0
let hanging = false
process.on('message', (message: { aheadMs?: number; hanging?: boolean }) => {
  aheadMs = message.aheadMs ?? aheadMs
  hanging = message.hanging ?? hanging
})
const now = () => new Date(Date.now() + aheadMs)

const slowChange = (name: string, afterCrash: 'rerun' | 'report') =>
  defineTool({
    name,
    title: 'A slow change',
    about: 'Says that it runs; ends when nobody makes it hang',
    risk: 'change',
    afterCrash,
    card: 'progress',
    needs: [],
    input: z.strictObject({}),
    output: cards.progress.payload,
    examples: [{}],
    text: (data) => data.title,
    plan: async () => ({ summary: 'Slowly', verb: 'Do it', steps: [], checks: [], impact: [], guard: {} }),
    async run(_, ctx) {
      process.send?.({ acted: ctx.idempotencyKey })
      if (hanging) await new Promise(() => {})
      const at = ctx.now().toISOString()
      return { data: { title: 'Done', state: 'succeeded' as const, steps: [], facts: [], startedAt: at, endedAt: at } }
    },
  })

const round = defineJob({
  name: 'shelf.round',
  everyMs: 100,
  needs: [],
  async run(ctx) {
    const say = (name: string) =>
      ctx.commit(async () => ({ value: undefined, events: [{ name, subject: `rounds/${process.pid}`, data: {} }] }))
    await say('shelf.round-began')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await say('shelf.round-ended')
  },
})

const config = readConfig(process.env)
const built = await build({
  config,
  env: process.env,
  upstreams: {},
  now,
  domains: [
    shelfDomain(newShelf(0)),
    system,
    defineDomain({
      name: 'slow',
      about: 'Slow changes',
      tools: [slowChange('slow_rerun', 'rerun'), slowChange('slow_report', 'report')],
      jobs: [round],
      events: { 'shelf.round-began': z.object({}), 'shelf.round-ended': z.object({}) },
    }),
  ],
})
const face = await httpFace(built)
const { server, url } = await listen(face.handle, config)
server.on('upgrade', face.upgrade)
built.setUrl(url)
await built.core.start()
process.send?.({ url })
process.once('disconnect', () => process.exit(0))
