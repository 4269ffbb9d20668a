// The demo world in a process of its own, so that its work is not measured as the product's. Its time stands still.
import { type StartOptions, startWorld } from '../mocks/main.ts'

const options = JSON.parse(process.argv[2] ?? '{}') as StartOptions
const startedAt = Date.now()
const world = await startWorld({ ...options, clock: () => startedAt, tickMs: 0, demoModel: false })
process.on('disconnect', () => void world.close().then(() => process.exit(0)))
process.send?.({ config: world.config })
