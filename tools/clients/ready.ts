import { isToolError } from '#contract'
import type { Endpoint } from './endpoint.ts'

/** False for an upstream that is away, slow or says not yet; denied and cancelled are thrown, as they are about us. */
export async function isReady(endpoint: Endpoint, path: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await endpoint.call({ path, signal, attempts: 1, probe: true, headers: { accept: '*/*' } })
    return true
  } catch (error) {
    if (!isToolError(error) || error.code === 'upstream-denied' || error.code === 'cancelled') throw error
    return false
  }
}
