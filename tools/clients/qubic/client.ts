import type * as z from 'zod'
import { isToolError, ToolError } from '#contract'
import type { Endpoint, EndpointCall } from '../endpoint.ts'
import { type Asked, titleOf, upstreamError } from '../failures.ts'
import type { HttpResponse } from '../http.ts'
import { parseAnswer } from '../parse.ts'
import { loadQubicFormat } from './format.ts'
import type { Qubic } from './types.ts'
import { balance, lastProcessedTick, refusal, tickInfo, transaction } from './wire.ts'

function refusalOf(response: HttpResponse): z.output<typeof refusal> | undefined {
  try {
    return refusal.safeParse(JSON.parse(response.text())).data
  } catch {
    return undefined
  }
}

/** Qubic RPC 2.0 over an endpoint. Amounts are whole QU as bigint; a wrong identity or hash never leaves this machine. */
export function createQubic(endpoint: Endpoint): Qubic {
  const asked: Asked = { upstream: endpoint.upstream }
  const explain = (response: HttpResponse): ToolError | undefined => {
    const said = refusalOf(response)
    if (!said || response.status < 400 || response.status === 401 || response.status === 403) return undefined
    const details = { status: response.status, grpcCode: said.code }
    const message = `${titleOf(asked)} refuses: ${said.message.slice(0, 300)}`
    // grpc-gateway's word for a path that it does not have: the URL is wrong, and nothing is known about money.
    if (response.status === 404 && said.message === 'Not Found') return undefined
    if (response.status === 404) {
      return upstreamError(asked, 'not-found', { message, next: 'Check the identity or the hash.', details })
    }
    if (response.status >= 500 || response.status === 429) return undefined
    return upstreamError(asked, 'invalid-request', { message, next: 'Correct what it names and try again.', details })
  }
  async function ask<T>(schema: z.ZodType<T>, call: EndpointCall): Promise<T> {
    return parseAnswer(asked, schema, await endpoint.call({ explain, ...call }))
  }
  return {
    async tickInfo(signal) {
      const { tick, epoch } = (await ask(tickInfo, { path: '/live/v1/tick-info', signal })).tickInfo
      return { tick, epoch }
    },
    async lastProcessedTick(signal) {
      return (await ask(lastProcessedTick, { path: '/query/v1/getLastProcessedTick', signal })).tickNumber
    },
    async balance(identity, signal) {
      const { isIdentity } = await loadQubicFormat()
      if (!isIdentity(identity)) throw wrong('identity', '60 capital letters whose last four are its checksum')
      const found = (await ask(balance, { path: `/live/v1/balances/${identity}`, signal })).balance
      return { balance: found.balance, validForTick: found.validForTick }
    },
    async transaction(hash, signal) {
      if (!/^[a-z]{60}$/.test(hash)) throw wrong('hash', '60 small letters')
      const call = {
        path: '/query/v1/getTransactionByHash',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ hash }),
        mutates: false,
        signal,
      }
      try {
        const found = (await ask(transaction, call)).transaction
        if (found.hash !== hash) throw otherTransaction(asked, found.hash)
        const { amount, source, destination, tickNumber, timestamp, moneyFlew } = found
        const timestampMs = timestamp ?? undefined
        return { hash, source, destination, amount, tick: tickNumber, timestampMs, moneyFlew }
      } catch (error) {
        // Only the RPC's own 404 means absent; a proxy's page says nothing about money.
        if (isToolError(error) && error.code === 'not-found' && 'grpcCode' in (error.options.details ?? {}))
          return undefined
        throw error
      }
    },
  }
}

const wrong = (field: string, shape: string) =>
  new ToolError('invalid-input', `That ${field} is not a Qubic ${field}.`, {
    next: `Give ${shape}.`,
    field,
  })

const otherTransaction = (asked: Asked, hash: string) =>
  upstreamError(asked, 'upstream-garbage', {
    message: `${titleOf(asked)} answered about another transaction than the one asked for: ${hash.slice(0, 60)}.`,
    next: 'Trust nothing of this answer; check the configured URL and ask another RPC.',
    details: { member: 'transaction.hash' },
  })
