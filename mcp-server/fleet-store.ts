import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describeFailure, type LazyDatabase } from '#db/open.ts'
import type { Logger } from '#define'
import type { ClientsOptions } from '#tools/clients/create.ts'
import type { FleetRegistry } from '#tools/clients/index.ts'
import type { Vault } from '#tools/clients/vault.ts'
import type { Core } from './core.ts'
import { digest } from './policy/digest.ts'

const longestWaitMs = 3_000
const tryAgainAfterMs = 10_000

const clusterEvents = [
  'cluster.registered',
  'cluster.updated',
  'cluster.deleted',
  'cluster.credentials-updated',
  'cluster.capabilities-changed',
]

export interface FleetStore {
  /** A person changed the fleet */
  changed(): void
  rotated: NonNullable<ClientsOptions['onRotated']>
  /** Returns at once where nobody registered anything; never fails for a database that is away */
  ready(): Promise<void>
  connect(parts: { core: Core; registry: FleetRegistry; vault: Vault }): void
}

/**
 * Keeps the clients as the database has the fleet. An embedded database stays closed until it is needed; a file in the data folder
 * tells that it has a fleet of its own, so that it is opened before the first call.
 */
export function createFleetStore(options: { folder: string; log: Logger; now: () => Date }): FleetStore {
  const { folder, log, now } = options
  const marker = join(folder, 'fleet-registry')
  let parts: { core: Core; registry: FleetRegistry; vault: Vault } | undefined
  let hasOwn: boolean | undefined
  let failedAtMs = 0
  let listening = false

  /** Reading the registry is not needed by a server that only has a configuration: it is loaded with its first use. */
  const registryCode = () => import('#tools/fleet/registry.ts')

  function audited(cluster: string, services: string[]): void {
    parts?.core.audit
      .append({
        at: now(),
        actor: { id: 'system', name: 'Quartermaster', kind: 'worker', role: 'owner' },
        tool: 'open_cluster_credentials',
        risk: 'read',
        input: { cluster, services },
        inputDigest: digest({ cluster, services }),
        decision: 'allowed',
        outcome: 'ok',
        durationMs: 0,
        clusters: [cluster],
      })
      .catch((error) => log.error(describeFailure(error), 'reading credentials could not be recorded'))
  }
  const registryParts = () => ({
    registry: parts!.registry,
    vault: parts!.vault,
    now,
    log,
    onOpened: audited,
  })

  async function reload(database: LazyDatabase, name: string): Promise<void> {
    const [{ db }, { loadCluster }] = await Promise.all([database.get(), registryCode()])
    await loadCluster(db, name, registryParts())
  }

  async function open(database: LazyDatabase): Promise<void> {
    const opening = database.get().then(
      () => undefined,
      (error) => {
        log.warn(describeFailure(error), 'the registry of clusters cannot be read; the configuration counts meanwhile')
      },
    )
    const waited = new AbortController()
    await Promise.race([
      opening,
      delay(longestWaitMs, undefined, { signal: waited.signal, ref: false }).catch(() => {}),
    ])
    waited.abort()
    if (!database.opened()) failedAtMs = now().getTime()
  }

  return {
    changed() {
      if (hasOwn) return
      hasOwn = true
      if (parts?.core.database.kind !== 'pglite') return
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(marker, 'The registry of clusters has entries of its own\n', { mode: 0o600 })
    },
    rotated(change) {
      if (!parts) return
      const { core } = parts
      const store = async () => {
        const { storeRotated } = await registryCode()
        await core.events.commit(async (tx) => ({
          value: undefined,
          events: await storeRotated(tx, change, registryParts()),
        }))
      }
      store().catch((error) => log.error(describeFailure(error), 'a new refresh token could not be stored'))
    },
    async ready() {
      const database = parts?.core.database
      if (!database || database.opened()) return
      hasOwn ??= database.kind === 'postgres' || existsSync(marker)
      if (hasOwn && now().getTime() - failedAtMs >= tryAgainAfterMs) await open(database)
    },
    connect(given) {
      parts = given
      const { database, events } = given.core
      database.onOpen(async ({ db }) => {
        const { loadRegistry } = await registryCode()
        await loadRegistry(db, registryParts())
        if (database.kind !== 'postgres' || listening) return
        listening = true
        events.subscribe({ names: clusterEvents }, ({ cluster }) => {
          if (cluster === undefined) return
          reload(database, cluster).catch((error) =>
            log.error(describeFailure(error), 'a change of a cluster is missed'),
          )
        })
      })
    },
  }
}
