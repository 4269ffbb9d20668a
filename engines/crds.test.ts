import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { crdsAvailable, ensureCrds, readCrds } from './crds.ts'

const definition = (plural: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${plural}.nvidia.com }
spec:
  group: nvidia.com
  conversion: { strategy: Webhook, webhook: { conversionReviewVersions: [v1] } }
  versions:
    - { name: v1alpha1, served: true, storage: false }
    - { name: v1beta1, served: true, storage: true }
`

describe('definitions of custom resources', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'qm-crds-'))
    vi.stubEnv('QM_ENGINES_DIR', join(folder, 'cache'))
    vi.stubEnv('QM_CRDS_DIR', folder)
    writeFileSync(join(folder, 'nvidia.com_graphs.yaml'), definition('graphs'))
    writeFileSync(join(folder, 'ray.io_rayclusters.yaml'), definition('rayclusters'))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  it('are not available before they were brought in', () => {
    expect(crdsAvailable('dynamo')).toEqual({ ok: false, why: expect.stringContaining('--only dynamo-crds') })
  })

  it('come from a given folder, each set its own, with the versions kept and the webhook gone', async () => {
    await ensureCrds('dynamo')
    expect(crdsAvailable('dynamo')).toEqual({ ok: true })
    expect(readCrds('dynamo')).toMatchObject([
      {
        metadata: { name: 'graphs.nvidia.com' },
        spec: { conversion: { strategy: 'None' }, versions: [{ name: 'v1alpha1' }, { name: 'v1beta1' }] },
      },
    ])
    expect(JSON.stringify(readCrds('dynamo'))).not.toContain('webhook')
  })

  it('that were given once stay in use', async () => {
    await ensureCrds('dynamo')
    vi.stubEnv('QM_CRDS_DIR', undefined)
    expect(await ensureCrds('dynamo')).toEqual({ how: 'cached', version: 'from QM_CRDS_DIR' })
  })

  it('are read anew from the folder when it changed', async () => {
    await ensureCrds('dynamo')
    writeFileSync(join(folder, 'nvidia.com_models.yaml'), definition('models'))
    await ensureCrds('dynamo')
    expect(readCrds('dynamo').map((crd) => crd.metadata.name)).toEqual(['graphs.nvidia.com', 'models.nvidia.com'])
  })
})
