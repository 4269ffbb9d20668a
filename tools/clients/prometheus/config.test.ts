import { describe, expect, it } from 'vitest'
import { prometheusConfig } from './config.ts'

describe('prometheus configuration', () => {
  it.each([
    [{ url: 'http://x:9090', tokne: 'a' }, 'tokne'],
    [{ url: 'ftp://x' }, 'http'],
    [{ url: 'http://user:pw@x:9090' }, 'credentials'],
    [{}, 'url'],
    [{ url: 'http://x', thanos: { dedupe: true } }, 'dedupe'],
    [{ url: 'http://x', thanos: { maxSourceResolution: '2h' } }, 'maxSourceResolution'],
  ])('%j is refused', (config, word) => {
    const parsed = prometheusConfig.safeParse(config)
    expect(parsed.success).toBe(false)
    expect(JSON.stringify(parsed.error?.issues)).toContain(word)
  })
})
