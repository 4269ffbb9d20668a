import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ensureCheckoutEngine } from './checkout-build.ts'
import { EngineUnavailable } from './errors.ts'
import { goEngineProgram, goEngineVersion } from './go-engines.ts'
import { available } from './index.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qm-go-engines-'))
  vi.stubEnv('QM_ENGINES_DIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

describe('engines of one Go module', () => {
  it('pins one version of each, written as the project writes it', () => {
    expect(goEngineVersion('prometheus-newest')).toMatch(/^3\.\d+\.\d+$/)
    expect(goEngineVersion('alertmanager-newest')).toMatch(/^0\.\d+\.\d+$/)
    expect(goEngineVersion('thanos')).toMatch(/^0\.\d+\.\d+$/)
    expect(goEngineVersion('loki')).toMatch(/^3\.\d+\.\d+$/)
  })

  it('says what to run when an engine was not built', () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(goEngineProgram('loki')).toBeUndefined()
    expect(available('loki')).toMatchObject({ ok: false, why: expect.stringContaining('--only loki') })
    expect(said).toHaveBeenCalledWith(expect.stringMatching(/^SKIPPED loki: /))
  })
})

describe('Tempo, from a source that is given', () => {
  it('is skipped with what to clone when there is no source', async () => {
    vi.stubEnv('QM_TEMPO_DIR', undefined)
    const building = ensureCheckoutEngine('tempo', () => undefined)
    await expect(building).rejects.toThrow(EngineUnavailable)
    await expect(building).rejects.toThrow(/QM_TEMPO_DIR.*git clone .*--branch v3\.\d+\.\d+/)
  })

  it('is skipped when the source is of another version', async () => {
    writeFileSync(join(folder, 'VERSION'), '2.9.0\n')
    vi.stubEnv('QM_TEMPO_DIR', folder)
    await expect(ensureCheckoutEngine('tempo', () => undefined)).rejects.toThrow(/holds 2\.9\.0, not 3\./)
  })
})
