// Before `npm start`: the right Node, and a chat built from the sources as they are now.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(`Quartermaster needs Node 24; this is ${process.version}.`)
  console.error('On Linux x64 the project brings it: run `npm ci`, then `npm start`. Elsewhere install Node 24 first.')
  process.exit(1)
}

const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory())
      return ['build', '.svelte-kit', 'node_modules', 'e2e', 'testing'].includes(entry.name) ? [] : files(path)
    return /\.test\.ts$/.test(entry.name) ? [] : [path]
  })

function fingerprint() {
  const hash = createHash('sha256')
  const sources = [
    ...files(join(root, 'chat')),
    ...files(join(root, 'tools/contract')),
    join(root, 'db/schema/chat.ts'),
    join(root, 'db/schema/chat-pages.ts'),
    join(root, 'package-lock.json'),
  ]
  for (const path of sources.filter((one) => existsSync(one)).sort()) {
    hash.update(path.slice(root.length)).update(statSync(path).size < 5_000_000 ? readFileSync(path) : '')
  }
  return hash.digest('hex')
}

const mark = join(root, 'chat/build/.source')
const wanted = fingerprint()
const current = existsSync(mark) ? readFileSync(mark, 'utf8') : ''
if (current !== wanted || !existsSync(join(root, 'chat/build/handler.js'))) {
  console.log('Building the chat (once, and again when its sources change) …')
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--config', 'chat/vite.config.ts', '--logLevel', 'warn'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  )
  writeFileSync(mark, wanted)
}
