import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ensured } from './engine.ts'
import { builtFolder, ensureBuilt, type GoBuild, isBuilt } from './go-build.ts'

/** Engines that are one program, built from one pinned Go module. */
export type GoEngine = 'loki' | 'thanos' | 'prometheus-newest' | 'alertmanager-newest'

type Recipe = {
  /** Folder under go/. */
  folder: string
  module: string
  /** A main package under `cmd/` of the module. */
  program: string
  tags?: string[]
  minutes: number
  /** Variable of the program that holds its version. */
  versionVariable: string
}

const VERSION_OF_PROMETHEUS_PROGRAMS = 'github.com/prometheus/common/version.Version'

const RECIPES: Record<GoEngine, Recipe> = {
  'alertmanager-newest': {
    folder: 'alertmanager',
    module: 'github.com/prometheus/alertmanager',
    program: 'alertmanager',
    minutes: 1,
    versionVariable: VERSION_OF_PROMETHEUS_PROGRAMS,
  },
  thanos: {
    folder: 'thanos',
    module: 'github.com/thanos-io/thanos',
    program: 'thanos',
    // Its messages are the labels of Prometheus in memory, which is true of this form of them only.
    tags: ['slicelabels'],
    minutes: 3,
    versionVariable: VERSION_OF_PROMETHEUS_PROGRAMS,
  },
  loki: {
    folder: 'loki',
    module: 'github.com/grafana/loki/v3',
    program: 'loki',
    minutes: 6,
    versionVariable: 'github.com/grafana/loki/v3/pkg/util/build.Version',
  },
  'prometheus-newest': {
    folder: 'prometheus',
    module: 'github.com/prometheus/prometheus',
    program: 'prometheus',
    // Two hundred packages of clouds' service discovery, which no test needs.
    tags: ['remove_all_sd'],
    minutes: 3,
    versionVariable: VERSION_OF_PROMETHEUS_PROGRAMS,
  },
}

/** Builds the engine unless it is in the cache; minutes when it is not. */
export async function ensureGoEngine(name: GoEngine, report: (line: string) => void): Promise<Ensured> {
  return { how: await ensureBuilt(buildOf(name), report), version: goEngineVersion(name) }
}

/** The version that the wrapper module pins, as the project writes it. */
export function goEngineVersion(name: GoEngine): string {
  const { folder, module } = RECIPES[name]
  const pins = readFileSync(join(moduleFolder(folder), 'go.mod'), 'utf8')
  const pin = pins.split('\n').find((line) => line.trim().startsWith(`${module} v`))
  const version = pin?.trim().split(' ')[1]?.slice(1)
  if (version === undefined) throw new Error(`go/${folder}/go.mod pins no ${module}`)
  // Prometheus numbers its module 0.314.0 where the program is 3.14.0.
  const hidden = name === 'prometheus-newest' ? version.match(/^0\.(\d)(\d\d)\.(\d+)$/) : null
  return hidden ? `${hidden[1]}.${Number(hidden[2])}.${hidden[3]}` : version
}

/** The path of the built program, or undefined before it was built. */
export function goEngineProgram(name: GoEngine): string | undefined {
  const build = buildOf(name)
  return isBuilt(build) ? join(builtFolder(build), RECIPES[name].program) : undefined
}

function buildOf(name: GoEngine): GoBuild {
  const { folder, module, program, versionVariable, tags, minutes } = RECIPES[name]
  return {
    name: folder,
    moduleFolder: moduleFolder(folder),
    binaries: { [program]: `${module}/cmd/${program}` },
    settings: { [versionVariable]: goEngineVersion(name) },
    tags,
    minutes,
  }
}

function moduleFolder(folder: string): string {
  return join(import.meta.dirname, 'go', folder)
}
