import { endpointConfig } from '../endpoint-config.ts'

/** One Prometheus, Thanos or any server of the same HTTP API. `url` without `/api/v1`. */
export const prometheusConfig = endpointConfig.describe('Prometheus or Thanos of this cluster')
