import { endpointConfig } from '../endpoint-config.ts'

/** One Alertmanager. `url` without `/api/v2`. */
export const alertmanagerConfig = endpointConfig.describe('Alertmanager of this cluster')
