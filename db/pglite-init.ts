import { PGlite } from '@electric-sql/pglite'
import { initDbStartParams } from './pglite-options.ts'

// Run as a process of its own: making a new database takes some 600 MB that the server would never give back.
const dataDir = process.argv[2]
if (!dataDir) throw new Error('pglite-init needs the folder to make')
const pg = new PGlite({ dataDir, initDbStartParams })
await pg.waitReady
await pg.close()
