// The way in for programs that start a server for each conversation. JavaScript, because Node needs no translator for it:
// `node mcp-server/main.ts --stdio` does the same, 40 ms later.
import { bundleLater, freshBundle } from './bundled.mjs'
import { keepCompiled } from './compile-cache.mjs'

if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    `Quartermaster needs Node 24; this is ${process.version}. The project brings it: node_modules/.bin/node.\n`,
  )
  process.exit(1)
}
keepCompiled(process.env)
// Of 700 small files, half the time goes into finding them
const bundle = freshBundle()
const { main } = await import(bundle ?? './build.ts')
if (bundle === undefined) bundleLater()
await main(process.env, { stdio: true })
