// Writes the committed surface and prints what it costs a model. `--costs` only prints.
import { domains } from '#tools/index.ts'
import { version } from '../mcp-server/main.ts'
import { fullRegistry, personaCosts, surfaceFiles, visibleCharacters, writeSurface } from '../mcp-server/surface.ts'

if (!process.argv.includes('--costs')) writeSurface(surfaceFiles(domains, version))
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
