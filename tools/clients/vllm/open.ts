import type { LookupFunction } from 'node:net'
import type { ServiceTarget } from '../kubernetes/service-fetch.ts'
import type { KubernetesCluster } from '../kubernetes/types.ts'
import { laterFetch } from '../later-fetch.ts'
import { guardedLookup } from './address.ts'
import { createServedModel } from './served.ts'
import type { ServedModel } from './types.ts'

const clock = () => performance.now()

/** A model served in a cluster, through its API server's service proxy and with the credentials of that one. */
export const servedInCluster = (client: KubernetesCluster, target: ServiceTarget & { path: string }): ServedModel =>
  createServedModel({
    baseUrl: `http://${target.service}.${target.namespace}${target.path}`,
    way: client.serviceFetch(target),
    cluster: client.cluster,
    credential: 'the API key of the engine',
    clock,
  })

/** A model at an address that `baseAddress` let pass. No key is sent. */
export const servedAt = (url: URL, lookup: LookupFunction = guardedLookup): ServedModel =>
  createServedModel({
    baseUrl: url.href,
    way: laterFetch(async () => {
      const { streamFetch } = await import('../stream-fetch.ts')
      const reach = {
        upstream: 'vllm',
        cluster: undefined,
        canRefresh: false,
        connect: async () => ({ baseUrl: url.origin, headers: {} }),
      } as const
      return streamFetch(reach, { lookup, credential: 'llm.apiKey: only the configured endpoint is sent one' })
    }),
    credential: 'llm.apiKey: only the configured endpoint is sent one',
    clock,
  })
