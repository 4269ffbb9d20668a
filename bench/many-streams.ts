import { once } from 'node:events'
import { atMost, type Bench, type Measure, rounded } from './measure.ts'
import { processorMs, residentMib, startNode, stop } from './processes.ts'
import { newConversation, startWholeProduct } from './whole-product.ts'

const conversations = 200
const tokenEveryMs = 40
const tokens = 1_500
const directTokens = 200

interface Heard {
  tokens: number
  forMs: number
  allTalkAfterMs: number
  p50?: number
  p99?: number
  max?: number
}

/** Asks at all addresses at once, in a process of its own, and answers how late their tokens came. */
async function listen(bench: Bench, load: { urls: string[]; body: object; tokens: number }): Promise<Heard> {
  const client = startNode(bench, ['bench/many-streams.child.ts', JSON.stringify(load)])
  const ended = once(client.child, 'exit').then(() => {
    throw new Error(`the client ended: ${client.errors()}`)
  })
  ended.catch(() => undefined)
  const [heard] = (await Promise.race([once(client.child, 'message'), ended])) as [Heard]
  await stop(client.child)
  return heard
}

export const manyStreams: Measure = {
  id: 'many-streams',
  ui: true,
  title: `chat: ${conversations} answers at once, ${1000 / tokenEveryMs} tokens a second each, from one process`,
  async run(bench) {
    const model = startNode(bench, ['bench/stamped-model.child.ts', String(tokenEveryMs), String(tokens)])
    const [{ url: modelUrl }] = (await once(model.child, 'message')) as [{ url: string }]
    const direct = await listen(bench, {
      urls: Array.from({ length: conversations }, () => `${modelUrl}/v1/chat/completions`),
      body: { stamped_tokens: directTokens },
      tokens: directTokens,
    })
    const product = await startWholeProduct(bench, { modelUrl })
    const ids: string[] = []
    while (ids.length < conversations) ids.push(await newConversation(product))
    const idleMib = residentMib(product.pid)
    let busiestMib = idleMib
    const watch = setInterval(() => {
      busiestMib = Math.max(busiestMib, residentMib(product.pid))
    }, 250)
    bench.after(() => clearInterval(watch))
    const [usedMs, beganAt] = [processorMs(product.pid), performance.now()]
    const heard = await listen(bench, {
      urls: ids.map((id) => `${product.url}/api/v1/chat/sessions/${id}/stream`),
      body: { text: 'Say a lot.' },
      tokens,
    })
    const cores = (processorMs(product.pid) - usedMs) / (performance.now() - beganAt)
    if (heard.p50 === undefined || heard.p99 === undefined || heard.max === undefined)
      throw new Error(`they never talked all at once: the last one began after ${rounded(heard.allTalkAfterMs)} ms`)
    const straight = `${rounded(direct.p50 ?? 0, 1)} ms straight from the model, 99 of 100 within ${rounded(direct.p99 ?? 0, 1)} ms; ${heard.tokens} tokens in ${rounded(heard.forMs / 1000, 1)} s`
    return [
      {
        name: 'a token comes later than from the model itself, median',
        value: rounded(heard.p50 - (direct.p50 ?? 0), 1),
        unit: 'ms',
        target: atMost(25),
        comparedWith: straight,
      },
      {
        name: 'the same, 99 of 100',
        value: rounded(heard.p99 - (direct.p99 ?? 0), 1),
        unit: 'ms',
        target: atMost(150),
        comparedWith: straight,
      },
      { name: 'the latest of all', value: rounded(heard.max, 1), unit: 'ms' },
      { name: 'until all of them talk', value: rounded(heard.allTalkAfterMs), unit: 'ms' },
      { name: 'processor of the product', value: rounded(cores, 2), unit: 'cores' },
      {
        name: 'memory of the product',
        value: rounded(busiestMib),
        unit: 'MiB',
        comparedWith: `${rounded(idleMib)} MiB before`,
      },
    ]
  },
}
