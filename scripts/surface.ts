// Writes the committed surface (wire forms, OpenAPI, tables of the docs, Roles) and prints what it costs a model. `--costs`
// only prints; `--check` writes nothing and fails where a file is not what it would be.
import { domains } from '#tools/index.ts'
import { version } from '../mcp-server/main.ts'
import { visibleCharacters } from '../mcp-server/registry.ts'
import { committed, fullRegistry, personaCosts, surfaceFiles, writeSurface } from '../mcp-server/surface.ts'

const files = surfaceFiles(domains, version)
if (process.argv.includes('--check')) {
  const old = Object.keys(files).filter((path) => committed(path) !== files[path])
  if (old.length > 0) console.error(`not up to date, run npm run surface: ${old.join(', ')}`)
  process.exit(old.length > 0 ? 1 : 0)
}
if (!process.argv.includes('--costs')) writeSurface(files)
console.log('persona            tools  characters  ≈ tokens')
for (const { persona, tools, characters } of personaCosts(domains))
  console.log(
    `${persona.padEnd(18)} ${String(tools).padStart(5)}  ${String(characters).padStart(10)}  ${String(Math.round(characters / 4)).padStart(8)}`,
  )
const all = fullRegistry(domains)
  .registry.all()
  .map((entry) => ({ name: entry.tool.name, characters: visibleCharacters(entry) }))
const total = all.reduce((sum, { characters }) => sum + characters, 0)
console.log(
  `all ${all.length} tools: ${total} characters; largest: ${all
    .sort((a, b) => b.characters - a.characters)
    .slice(0, 5)
    .map(({ name, characters }) => `${name} ${characters}`)
    .join(', ')}`,
)
