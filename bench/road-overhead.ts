import { once } from 'node:events'
import { join } from 'node:path'
import { mcpCall } from './mcp-call.ts'
import { atLeast, type Bench, type Measure, median, rounded } from './measure.ts'
import { processorMs, type Started, startNode, stop } from './processes.ts'
import { trivialRead } from './trivial-tool.ts'

const rounds = 3
const connections = 16
const roundMs = 3_000
const warmUpMs = 1_500

const { body, headers } = mcpCall(trivialRead.name, { word: 'hello', count: 3 })

interface Round {
  perSecond: number
  answered: number
  p50: number
  p99: number
  /** Processor time of the server for one call */
  serverMs: number
}

interface Server extends Started {
  url: string
  ask<T>(question: string): Promise<T>
}

async function startServer(bench: Bench, kind: 'road' | 'bare'): Promise<Server> {
  const started = startNode(bench, ['bench/road-server.child.ts', kind, join(bench.folder, 'data')])
  const { child, errors } = started
  const failed = once(child, 'exit').then(() => {
    throw new Error(`the ${kind} server ended: ${errors()}`)
  })
  failed.catch(() => undefined)
  const answer = async <T>(): Promise<T> => {
    const [message] = (await Promise.race([once(child, 'message'), failed])) as [T]
    return message
  }
  const { url } = await answer<{ url: string }>()
  return {
    ...started,
    url: `${url}/mcp`,
    ask(question) {
      child.send(question)
      return answer()
    },
  }
}

async function load(bench: Bench, server: Server, forMs: number): Promise<Round> {
  const before = processorMs(server.child.pid)
  const asked = JSON.stringify({ url: server.url, connections, forMs, body, headers })
  const { child, errors } = startNode(bench, ['bench/load-client.child.ts', asked])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the load client ended: ${errors()}`)
  })
  ended.catch(() => undefined)
  const [round] = (await Promise.race([once(child, 'message'), ended])) as [Omit<Round, 'serverMs'>]
  await stop(child)
  return { ...round, serverMs: (processorMs(server.child.pid) - before) / round.answered }
}

const both = (rounds: Round[]) => ({
  perSecond: median(rounds.map((round) => round.perSecond)),
  p50: median(rounds.map((round) => round.p50)),
  p99: median(rounds.map((round) => round.p99)),
  serverMs: median(rounds.map((round) => round.serverMs)),
})

export const roadOverhead: Measure = {
  id: 'road-overhead',
  title: `the road: one trivial read over HTTP, ${connections} connections, against the bare SDK`,
  async run(bench) {
    const [road, bare] = [await startServer(bench, 'road'), await startServer(bench, 'bare')]
    let answered = 0
    answered += (await load(bench, road, warmUpMs)).answered
    await load(bench, bare, warmUpMs)
    const taken: { road: Round[]; bare: Round[] } = { road: [], bare: [] }
    for (let round = 0; round < rounds; round++) {
      taken.bare.push(await load(bench, bare, roundMs))
      const { audited: before } = await road.ask<{ audited: number }>('audited')
      if (before !== answered) throw new Error(`${answered} calls were answered and ${before} recorded`)
      const one = await load(bench, road, roundMs)
      answered += one.answered
      taken.road.push(one)
    }
    const { audited } = await road.ask<{ audited: number }>('audited')
    const { verified } = await road.ask<{ verified: boolean }>('verify')
    if (audited !== answered || !verified)
      throw new Error(`${answered} answered, ${audited} recorded, chain ${verified}`)
    const [ours, theirs] = [both(taken.road), both(taken.bare)]
    const against = (value: number, unit: string) => `the bare SDK's ${value} ${unit}`
    return [
      {
        name: 'throughput of the road, of the bare SDK',
        value: rounded((100 * ours.perSecond) / theirs.perSecond, 1),
        unit: '%',
        target: atLeast(60),
        comparedWith: `medians of ${rounds} rounds of ${roundMs / 1000} s, alternating`,
      },
      {
        name: 'calls a second',
        value: rounded(ours.perSecond),
        comparedWith: against(rounded(theirs.perSecond), '/s'),
      },
      { name: 'p50', value: rounded(ours.p50, 2), unit: 'ms', comparedWith: against(rounded(theirs.p50, 2), 'ms') },
      { name: 'p99', value: rounded(ours.p99, 2), unit: 'ms', comparedWith: against(rounded(theirs.p99, 2), 'ms') },
      {
        name: 'processor time of the server for one call, all threads',
        value: rounded(ours.serverMs, 3),
        unit: 'ms',
        comparedWith: against(rounded(theirs.serverMs, 3), 'ms'),
      },
      { name: 'calls recorded in the audit chain, of those answered', value: `${audited} of ${answered}` },
    ]
  },
}
