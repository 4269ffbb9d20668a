import { setTimeout as pause } from 'node:timers/promises'
import { atMost, type Measure, rounded } from './measure.ts'
import { processTree, residentMib } from './processes.ts'
import { newConversation, startWholeProduct } from './whole-product.ts'

const settleMs = 5_000

export const idleMemory: Measure = {
  id: 'idle-memory',
  title: 'the whole product idle: server, chat and embedded database, without the demo world',
  async run(bench) {
    const product = await startWholeProduct(bench)
    await newConversation(product)
    for (const path of ['/', '/api/v1/chat/sessions', '/ready']) {
      const answer = await fetch(`${product.url}${path}`)
      if (!answer.ok) throw new Error(`${path} answers ${answer.status}`)
      await answer.arrayBuffer()
    }
    await pause(settleMs)
    const processes = processTree(product.pid).map(({ pid, command }) => ({ command, mib: residentMib(pid) }))
    return [
      {
        name: 'all processes together',
        value: rounded(processes.reduce((sum, { mib }) => sum + mib, 0)),
        unit: 'MiB',
        target: atMost(600),
      },
      ...processes.map(({ command, mib }) => ({
        name: `process ${command.split(' ').slice(1).join(' ') || command}`,
        value: rounded(mib),
        unit: 'MiB',
      })),
    ]
  },
}
