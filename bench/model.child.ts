// The demo model in a process of its own, saying a fixed number of tokens as fast as it can, or at a speed of its own.
import { startVllm } from '../mocks/vllm/main.ts'

const [, , behaviour = 'burst:40', tokensPerSecond = '100000', firstTokenMs = '0'] = process.argv
const model = await startVllm({
  behaviour,
  tokensPerSecond: Number(tokensPerSecond),
  firstTokenMs: Number(firstTokenMs),
})
process.on('disconnect', () => void model.close().then(() => process.exit(0)))
process.send?.({ url: model.url })
