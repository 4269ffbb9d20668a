import { once } from 'node:events'
import { atMost, type Measure, rounded } from './measure.ts'
import { processorMs, residentMib, startNode } from './processes.ts'
import { newConversation, startWholeProduct } from './whole-product.ts'

const conversations = 200
const tokenEveryMs = 40
const tokens = 900

interface Heard {
  tokens: number
  forMs: number
  allTalkAfterMs: number
  p50?: number
  p99?: number
  max?: number
}

export const manyStreams: Measure = {
  id: 'many-streams',
  ui: true,
  title: `chat: ${conversations} answers at once, ${1000 / tokenEveryMs} tokens a second each, from one process`,
  async run(bench) {
    const model = startNode(bench, ['bench/stamped-model.child.ts', String(tokenEveryMs), String(tokens)])
    const [{ url: modelUrl }] = (await once(model.child, 'message')) as [{ url: string }]
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
    const what = JSON.stringify({ url: product.url, conversations: ids, tokens })
    const client = startNode(bench, ['bench/many-streams.child.ts', what])
    const ended = once(client.child, 'exit').then(() => {
      throw new Error(`the client ended: ${client.errors()}`)
    })
    ended.catch(() => undefined)
    const [heard] = (await Promise.race([once(client.child, 'message'), ended])) as [Heard]
    const cores = (processorMs(product.pid) - usedMs) / (performance.now() - beganAt)
    if (heard.p50 === undefined || heard.p99 === undefined || heard.max === undefined)
      throw new Error(`they never talked all at once: the last one began after ${rounded(heard.allTalkAfterMs)} ms`)
    const per = { unit: 'ms', comparedWith: `${heard.tokens} tokens in ${rounded(heard.forMs / 1000, 1)} s` }
    return [
      {
        name: 'a token comes later than the model sent it, median',
        value: rounded(heard.p50, 1),
        target: atMost(25),
        ...per,
      },
      { name: 'the same, 99 of 100', value: rounded(heard.p99, 1), target: atMost(150), ...per },
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
