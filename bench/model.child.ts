// The demo model in a process of its own, saying a fixed number of tokens as fast as it can.
import { startVllm } from '../mocks/vllm/main.ts'

const model = await startVllm({ behaviour: process.argv[2] ?? 'burst:40', tokensPerSecond: 100_000 })
process.on('disconnect', () => void model.close().then(() => process.exit(0)))
process.send?.({ url: model.url })
