// The way in for programs that start a server for each conversation. JavaScript, because Node needs no translator for it:
// `node mcp-server/main.ts --stdio` does the same, 40 ms later.
import { keepCompiled } from './compile-cache.mjs'

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `Quartermaster needs Node 24; this is ${process.version}. The project brings it: node_modules/.bin/node.\n`,
  )
  process.exit(1)
}
keepCompiled(process.env)
const { main } = await import('./build.ts')
await main(process.env, { stdio: true })
