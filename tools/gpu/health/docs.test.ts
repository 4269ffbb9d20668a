import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { checksTable } from './checks/table.ts'

it('the docs list the checks there are (node scripts/gpu-checks.ts writes them)', () => {
  expect(readFileSync(new URL('../../../docs/gpus.md', import.meta.url), 'utf8')).toContain(checksTable())
})
