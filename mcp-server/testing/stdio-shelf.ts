import * as z from 'zod'
import { defineDomain, defineTool } from '#define'
import { system } from '#tools/system/domain.ts'
import { build, readConfig, serveOnStdio } from '../build.ts'
import { newShelf, shelfDomain } from './domain.ts'

const chatter = defineTool({
  name: 'chatter',
  title: 'Chatter',
  about: 'Prints what a library might print, logs, and fails',
  risk: 'read',
  card: 'table',
  needs: [],
  input: z.strictObject({}),
  output: z.strictObject({ title: z.string(), columns: z.array(z.never()), rows: z.array(z.never()) }),
  examples: [{}],
  text: () => '',
  async run(_, ctx) {
    ctx.log.debug({ tool: 'chatter' }, 'a debug line')
    // biome-ignore lint/suspicious/noConsole: a library that prints is what this is about
    for (const print of [console.log, console.info, console.debug, console.warn]) print('printed by a library')
    process.emitWarning('warned by a library')
    throw new Error('chatter failed')
  },
})

// The real stdio server over the shelf: a program, because stdin and stdout belong to a process.
const built = await build({
  config: readConfig(process.env),
  env: process.env,
  upstreams: {},
  domains: [shelfDomain(newShelf()), system, defineDomain({ name: 'chatter', about: 'Chatter', tools: [chatter] })],
})
await serveOnStdio(built)
