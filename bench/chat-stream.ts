import { atMost, type Measure, median, rounded } from './measure.ts'
import { fromChat, fromModel, startBurstModel } from './model-stream.ts'
import { newConversation, startWholeProduct, type WholeProduct } from './whole-product.ts'

const rounds = 21
const question = 'Say something.'

/** Asks the model directly and through the chat in turns; answers what the chat adds, ms. */
async function compare(product: WholeProduct, modelUrl: string, conversation: () => Promise<string>) {
  const direct: number[] = []
  const through: number[] = []
  for (let round = -3; round < rounds; round++) {
    const id = await conversation()
    const { firstMs: directMs } = await fromModel(modelUrl, question)
    const { firstMs: throughMs } = await fromChat(product.url, id, question)
    // The first ones load code
    if (round < 0) continue
    direct.push(directMs)
    through.push(throughMs)
  }
  const fastest = rounded(Math.min(...through) - Math.min(...direct), 1)
  return {
    added: rounded(median(through) - median(direct), 1),
    comparedWith: `${rounded(median(direct), 1)} ms for the model itself; medians of ${rounds}, in turns; fastest against fastest: ${fastest} ms`,
  }
}

export const chatStream: Measure = {
  id: 'chat-stream',
  title: 'chat: time to the first token, over the stream of the model itself',
  async run(bench) {
    // Few tokens: with many at once, the time of the others would count as the first one's
    const modelUrl = await startBurstModel(bench, 3)
    const product = await startWholeProduct(bench, { modelUrl })
    const first = await compare(product, modelUrl, () => newConversation(product))
    const id = await newConversation(product)
    const later = await compare(product, modelUrl, async () => id)
    return [
      {
        name: 'added to the first question of a conversation',
        value: first.added,
        unit: 'ms',
        target: atMost(15),
        comparedWith: first.comparedWith,
      },
      {
        name: 'added to a later question',
        value: later.added,
        unit: 'ms',
        target: atMost(15),
        comparedWith: later.comparedWith,
      },
    ]
  },
}
