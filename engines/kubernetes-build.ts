import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Ensured } from './engine.ts'
import { builtFolder, ensureBuilt, type GoBuild, isBuilt } from './go-build.ts'

const MODULE_FOLDER = join(import.meta.dirname, 'go', 'kubernetes')

/** The versions that the wrapper module pins. */
export function kubernetesVersions(): { kubernetes: string; etcd: string; kwok: string } {
  const pins = readFileSync(join(MODULE_FOLDER, 'go.mod'), 'utf8')
  const pinned = (module: string) => pins.match(new RegExp(`^\\s*${module} (v[\\w.-]+)`, 'm'))?.[1] ?? 'unknown'
  return {
    kubernetes: pinned('k8s\\.io/kubernetes'),
    etcd: pinned('go\\.etcd\\.io/etcd/server/v3'),
    kwok: pinned('sigs\\.k8s\\.io/kwok'),
  }
}

export async function ensureKubernetes(report: (line: string) => void): Promise<Ensured> {
  const how = await ensureBuilt(recipe(), report)
  const { kubernetes, etcd, kwok } = kubernetesVersions()
  return { how, version: `${kubernetes} (etcd ${etcd}, kwok ${kwok})` }
}

export function kubernetesBuilt(): boolean {
  return isBuilt(recipe())
}

export function kubernetesPrograms(): { controlPlane: string; etcd: string; kwok: string } {
  const folder = builtFolder(recipe())
  return { controlPlane: join(folder, 'control-plane'), etcd: join(folder, 'etcd'), kwok: join(folder, 'kwok') }
}

function recipe(): GoBuild {
  const { kubernetes } = kubernetesVersions()
  const [major = '', minor = ''] = kubernetes.slice(1).split('.')
  const version = 'k8s.io/component-base/version'
  return {
    name: 'kubernetes',
    moduleFolder: MODULE_FOLDER,
    // Smallest first: a machine that cannot build finds out soon.
    binaries: {
      etcd: 'go.etcd.io/etcd/server/v3',
      kwok: 'sigs.k8s.io/kwok/cmd/kwok',
      'control-plane': './control-plane',
    },
    // Without these the API server calls itself v0.0.0-master, and clients that look at the version misjudge it.
    settings: {
      [`${version}.gitVersion`]: kubernetes,
      [`${version}.gitMajor`]: major,
      [`${version}.gitMinor`]: minor,
    },
    minutes: 5,
  }
}
