import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './build-lock.ts'
import { findProgram, isExecutable, runCommand } from './command.ts'
import { EngineUnavailable } from './errors.ts'
import { cacheFolder } from './folder.ts'

export type GoBuild = {
  name: string
  /** Folder with go.mod, go.sum and our own main packages; its text is the key of the cache. */
  moduleFolder: string
  /** The module folder is the whole source of this version, maybe with its dependencies in `vendor`: the version is the key. */
  checkout?: { version: string; vendored: boolean }
  /** Binary name to package. */
  binaries: Record<string, string>
  /** `-X` settings for the linker. */
  settings: Record<string, string>
  /** Build tags. */
  tags?: string[]
  /** What a cold build takes on two cores that do nothing else, so that nobody thinks it hangs. */
  minutes: number
}

/** The path of Go, on PATH or where its archive is unpacked by custom, or throws EngineUnavailable with what to install. */
export function findGo(alsoIn: string[] = ['/usr/local/go/bin']): string {
  const go = findProgram('go', alsoIn)
  if (go !== undefined) return go
  throw new EngineUnavailable(
    'Go is not installed; unpack Go 1.26 or newer from https://go.dev/dl/ to /usr/local/go and add /usr/local/go/bin to PATH ' +
      "(Debian 12's golang 1.19 is too old)",
  )
}

/** The folder of the finished binaries, whether or not they are there. */
export function builtFolder(build: GoBuild): string {
  const recipe = [build.binaries, build.settings, ...(build.tags ? [build.tags] : [])]
  const hash = createHash('sha256').update(JSON.stringify(recipe))
  if (build.checkout !== undefined) hash.update(build.checkout.version)
  else
    for (const path of sourceFiles(build.moduleFolder))
      hash.update(path).update(readFileSync(join(build.moduleFolder, path)))
  return join(cacheFolder(), `${build.name}-${hash.digest('hex').slice(0, 12)}`)
}

export function isBuilt(build: GoBuild): boolean {
  const folder = builtFolder(build)
  return Object.keys(build.binaries).every((binary) => isExecutable(join(folder, binary)))
}

/** Builds the binaries through the Go module proxy, pinned by go.sum, unless they are cached. Takes minutes when cold. */
export async function ensureBuilt(build: GoBuild, report: (line: string) => void): Promise<'cached' | 'built'> {
  if (isBuilt(build)) return 'cached'
  const go = findGo()
  const onWait = () => report(`${build.name}: waiting for another build on this machine`)
  return withLock(join(cacheFolder(), 'building.lock'), onWait, async () => {
    // The other build may have been the same one.
    if (isBuilt(build)) return 'cached'
    await buildAll(go, build, report)
    return 'built'
  })
}

async function buildAll(go: string, build: GoBuild, report: (line: string) => void): Promise<void> {
  const toolchain = await runCommand(go, ['version'], { cwd: build.moduleFolder })
  if (toolchain.code !== 0) throw new EngineUnavailable(`this Go cannot build it: ${toolchain.stderr.trim()}`)
  report(
    `${build.name}: building ${Object.keys(build.binaries).join(', ')} (about ${build.minutes} min on 2 idle cores)`,
  )
  const work = join(cacheFolder(), `building-${build.name}`)
  const output = join(work, `output-${process.pid}`)
  mkdirSync(output, { recursive: true })
  // A build cache of its own: it survives a broken build, so that the next one goes on, and its 3 GB go after a good one.
  const env = {
    CGO_ENABLED: '0',
    GOFLAGS: `-buildvcs=false -mod=${build.checkout?.vendored ? 'vendor' : 'readonly'}`,
    GOWORK: 'off',
    GOCACHE: join(work, 'cache'),
  }
  const settings = Object.entries(build.settings).map(([name, value]) => `-X ${name}=${value}`)
  const tags = build.tags ? ['-tags', build.tags.join(',')] : []
  const flags = ['-trimpath', ...tags, '-ldflags', ['-s -w', ...settings].join(' ')]
  for (const [binary, source] of Object.entries(build.binaries)) {
    const started = performance.now()
    const args = ['build', ...flags, '-o', join(output, binary), source]
    const answer = await runCommand(go, args, { cwd: build.moduleFolder, env })
    if (answer.code !== 0) throw buildFailure(binary, answer.stderr)
    report(`${build.name}: ${binary} built in ${Math.round((performance.now() - started) / 1_000)} s`)
  }
  const target = builtFolder(build)
  rmSync(target, { recursive: true, force: true })
  renameSync(output, target)
  rmSync(work, { recursive: true, force: true })
}

function sourceFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files.filter((file) => /\.(go|mod|sum)$/.test(file)).sort()
}

// Modules that cannot be fetched are the machine's limit; anything else is our mistake.
function buildFailure(binary: string, stderr: string): Error {
  const end = stderr.trim().slice(-1_500)
  const unreachable = /\b(403|404|407|410|50\d) |dial tcp|no such host|timeout|connection refused|disabled by GOPROXY/i
  if (unreachable.test(end))
    return new EngineUnavailable(`the Go module proxy did not give the sources: ${end.slice(-400)}`)
  return new Error(`go build of ${binary} failed: ${end}`)
}
