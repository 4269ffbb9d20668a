import { lazyDatabase } from '#db/open.ts'
import { quiet } from '#db/testing.ts'
import { createEvents } from '../events/outbox.ts'
import { newApproval } from '../policy/approval-store.test-data.ts'
import { createApprovalStore } from '../policy/approval-store.ts'

// A server that gets as far as the intent: it claims an approval and is killed before it records an outcome.
const now = () => new Date()
const database = lazyDatabase({ folder: process.argv[2] ?? '', log: quiet })
const store = createApprovalStore({ database, events: createEvents({ database, now }), now })
const { id } = await store.create(newApproval({ expiresAt: new Date(Date.now() + 60_000) }))
await store.claim(id, { by: 'Ada' })
process.stdout.write(`${id}\n`)
setInterval(() => undefined, 1000)
