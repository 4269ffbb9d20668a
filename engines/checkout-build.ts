import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ensured } from './engine.ts'
import { EngineUnavailable } from './errors.ts'
import { builtFolder, ensureBuilt, type GoBuild, isBuilt } from './go-build.ts'

/** Engines that module proxies do not give: built from a checkout of their repository in a folder that a person names. */
export type CheckoutEngine = 'tempo' | 'kuberay-operator' | 'dynamo-operator' | 'kserve-controller'

interface Recipe {
  /** Names the folder of the checkout */
  variable: string
  version: string
  /** A file of the checkout and what it says of the version, in the first group */
  says: [file: string, pattern: RegExp]
  clone: string
  /** Of the Go module in the checkout */
  folder: string
  vendored: boolean
  program: string
  settings: Record<string, string>
  minutes: number
}

const RECIPES: Record<CheckoutEngine, Recipe> = {
  // Its module path cannot name a version 3.
  tempo: {
    variable: 'QM_TEMPO_DIR',
    version: '3.0.3',
    says: ['VERSION', /^(\S+)/],
    clone: '--branch v3.0.3 https://github.com/grafana/tempo',
    folder: '.',
    vendored: true,
    program: './cmd/tempo',
    settings: { 'main.Version': '3.0.3' },
    minutes: 7,
  },
  'kuberay-operator': {
    variable: 'QM_KUBERAY_DIR',
    version: '1.7.0',
    says: ['ray-operator/controllers/ray/utils/constant.go', /KUBERAY_VERSION = "v([^"]+)"/],
    clone: '--branch v1.7.0 https://github.com/ray-project/kuberay',
    folder: 'ray-operator',
    vendored: false,
    program: '.',
    settings: {},
    minutes: 3,
  },
  // Tags no version of the operator alone; the definitions of the tests are of the same time.
  'dynamo-operator': {
    variable: 'QM_DYNAMO_DIR',
    version: '1.5.0',
    says: ['deploy/helm/charts/platform/components/operator/Chart.yaml', /^appVersion: "([^"]+)"/m],
    clone: '--branch v1.5.0 https://github.com/ai-dynamo/dynamo',
    folder: 'deploy/operator',
    vendored: false,
    program: './cmd',
    settings: {},
    minutes: 4,
  },
  'kserve-controller': {
    variable: 'QM_KSERVE_DIR',
    version: '0.20.0',
    says: ['python/VERSION', /^(\S+)/],
    clone: '--branch v0.20.0 https://github.com/kserve/kserve',
    folder: '.',
    vendored: false,
    program: './cmd/manager',
    settings: {},
    minutes: 5,
  },
}

/** Builds the engine unless it is in the cache. Throws EngineUnavailable, with what to clone, where there is no checkout of its version. */
export async function ensureCheckoutEngine(name: CheckoutEngine, report: (line: string) => void): Promise<Ensured> {
  const recipe = RECIPES[name]
  const folder = process.env[recipe.variable] ?? ''
  const build = buildOf(name, folder)
  if (isBuilt(build)) return { how: 'cached', version: recipe.version }
  checkSource(recipe, folder)
  return { how: await ensureBuilt(build, report), version: recipe.version }
}

/** The path of the built program, or undefined before it was built. */
export function checkoutProgram(name: CheckoutEngine): string | undefined {
  const build = buildOf(name, '')
  return isBuilt(build) ? join(builtFolder(build), name) : undefined
}

function checkSource({ variable, version, says: [file, pattern], clone }: Recipe, folder: string): void {
  const command = `git clone --depth 1 ${clone}`
  if (folder === '') throw new EngineUnavailable(`no source; set ${variable} to the folder of: ${command}`)
  const found = pattern.exec(readIfThere(join(folder, file)))?.[1]
  if (found !== version)
    throw new EngineUnavailable(
      `${variable} holds ${found ?? 'no checkout of it'}, not ${version}; fill it with: ${command}`,
    )
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function buildOf(name: CheckoutEngine, checkout: string): GoBuild {
  const { version, vendored, folder, program, settings, minutes } = RECIPES[name]
  return {
    name,
    moduleFolder: join(checkout, folder),
    checkout: { version, vendored },
    binaries: { [name]: program },
    settings,
    minutes,
  }
}
