// Runs the import rules and proves that they looked: a rule over modules it never saw would always pass.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const rooms = ['start.ts', 'tools', 'mcp-server', 'db', 'personas', 'mocks', 'chat/src']
const atLeast: Record<string, number> = {
  'tools/contract': 15,
  'tools/clients': 30,
  'tools/': 100,
  'mcp-server': 25,
  db: 10,
  personas: 7,
  mocks: 30,
  'chat/src': 40,
}
const bin = fileURLToPath(new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url))

interface Report {
  modules: { source: string }[]
  summary: { violations: { rule: { name: string }; from: string; to: string }[] }
}
const run = (): Report => {
  try {
    return JSON.parse(
      execFileSync(process.execPath, [bin, '--output-type', 'json', '--config', '.dependency-cruiser.cjs', ...rooms], {
        maxBuffer: 512 * 1024 * 1024,
      }).toString(),
    )
  } catch (error) {
    return JSON.parse(String((error as { stdout: Buffer }).stdout))
  }
}
const { modules, summary } = run()
let failed = 0
for (const [room, count] of Object.entries(atLeast)) {
  const seen = modules.filter(({ source }) => source.startsWith(room)).length
  if (seen >= count) continue
  failed++
  console.error(`saw only ${seen} modules of ${room}, expected at least ${count}`)
}
for (const { rule, from, to } of summary.violations) {
  failed++
  console.error(`${rule.name}: ${from} → ${to}`)
}
console.log(`${modules.length} modules, ${summary.violations.length} violations`)
process.exitCode = failed > 0 ? 1 : 0
