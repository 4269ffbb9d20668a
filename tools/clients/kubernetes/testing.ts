import { createEndpoint } from '../endpoint.ts'
import type { Http } from '../http.ts'
import { testHttp, testSurroundings } from '../testing.ts'
import { createKubernetes } from './client.ts'
import { kubernetesConfig } from './config.ts'
import { kubernetesConnector } from './connect.ts'
import type { ResourceKind } from './types.ts'

/** Place in the configuration of the cluster that the tests ask. */
export const where = 'clusters[gpu-east].kubernetes'

interface OpenOptions {
  http?: Http
  timeoutMs?: number
  token?: string
}

/** The endpoint of cluster gpu-east at this address. */
export function endpointOf(url: string, options: OpenOptions = {}) {
  const { http = testHttp(), timeoutMs, token } = options
  const connector = kubernetesConnector(kubernetesConfig.parse({ url, token }), where, testSurroundings())
  const credential = `${where}.token`
  return createEndpoint({ upstream: 'kubernetes', cluster: 'gpu-east', credential, timeoutMs, connector, http })
}

/** A client of cluster gpu-east at this address. */
export const openKubernetes = (url: string, options: OpenOptions = {}) =>
  createKubernetes(endpointOf(url, options), { now: () => 0, credential: `${where}.token` })

export const deploymentKind: ResourceKind = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}

/** A Status object: how the API server says no. */
export const refusal = (code: number, reason: string, more: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'the server says no',
  reason,
  code,
  ...more,
})
