// Writes the table of checks in docs/gpus.md from the list of checks: `node scripts/gpu-checks.ts`.
import { readFileSync, writeFileSync } from 'node:fs'
import { checksTable } from '../tools/gpu/health/checks/table.ts'

const file = new URL('../docs/gpus.md', import.meta.url)
const text = readFileSync(file, 'utf8')
const begin = '<!-- checks -->\n'
const at = text.indexOf(begin)
if (at < 0) throw new Error('docs/gpus.md has no mark for the table')
writeFileSync(file, `${text.slice(0, at + begin.length)}${checksTable()}`)
