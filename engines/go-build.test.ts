import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EngineUnavailable } from './errors.ts'
import { builtFolder, findGo, type GoBuild, isBuilt } from './go-build.ts'
import { kubernetesVersions } from './kubernetes-build.ts'

describe('a build through the Go module proxy', () => {
  let folder: string
  let build: GoBuild

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'qm-go-build-'))
    vi.stubEnv('QM_ENGINES_DIR', join(folder, 'cache'))
    const moduleFolder = join(folder, 'module')
    cpSync(join(import.meta.dirname, 'go', 'kubernetes'), moduleFolder, { recursive: true })
    build = { name: 'kubernetes', moduleFolder, binaries: { one: './control-plane' }, settings: { a: 'b' }, minutes: 5 }
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  it('is kept under a name that changes with every pin, source and setting', () => {
    const first = builtFolder(build)
    expect(builtFolder({ ...build })).toBe(first)
    expect(builtFolder({ ...build, settings: { a: 'c' } })).not.toBe(first)
    writeFileSync(join(build.moduleFolder, 'control-plane', 'main.go'), 'package main\n')
    expect(builtFolder(build)).not.toBe(first)
    expect(builtFolder({ ...build, tags: ['no_clouds'] })).not.toBe(builtFolder(build))
    expect(first.startsWith(join(folder, 'cache'))).toBe(true)
  })

  it('of a source with its dependencies is kept under its version, wherever that source lies', () => {
    const vendored = { ...build, checkout: { version: '1.0.0', vendored: true } }
    expect(builtFolder({ ...vendored, moduleFolder: '/nowhere' })).toBe(builtFolder(vendored))
    expect(builtFolder({ ...vendored, checkout: { version: '1.0.1', vendored: true } })).not.toBe(builtFolder(vendored))
  })

  it('is not there before it was made', () => {
    expect(isBuilt(build)).toBe(false)
  })

  it('is skipped with what to install when there is no Go', () => {
    vi.stubEnv('PATH', folder)
    expect(() => findGo([])).toThrow(EngineUnavailable)
    expect(() => findGo([])).toThrow(/Go is not installed; unpack Go 1\.26 or newer/)
  })

  it('pins one version of each program', () => {
    expect(kubernetesVersions()).toEqual({
      kubernetes: expect.stringMatching(/^v1\.36\.\d+$/),
      etcd: expect.stringMatching(/^v3\.6\.\d+$/),
      kwok: expect.stringMatching(/^v0\.\d+\.\d+$/),
    })
  })
})
