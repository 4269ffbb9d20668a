import { fileURLToPath } from 'node:url'
import type { MigrationConfig } from 'drizzle-orm/migrator'

/** For the drizzle migrator of either driver; the files lie beside the code. */
export const migrations: MigrationConfig = { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) }
