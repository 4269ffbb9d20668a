import { system } from '#tools/system/domain.ts'
import { build, readConfig, serveOnStdio } from '../build.ts'
import { newShelf, shelfDomain } from './domain.ts'

// The real stdio server over the shelf: a program, because stdin and stdout belong to a process.
const built = await build({
  config: readConfig(process.env),
  env: process.env,
  upstreams: {},
  domains: [shelfDomain(newShelf()), system],
})
await serveOnStdio(built)
