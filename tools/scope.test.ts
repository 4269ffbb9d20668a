import { describe, expect, it } from 'vitest'
import { nearest, resolveScope, resolveScopeOf } from './scope.ts'

const known = ['hub', 'gpu-east', 'gpu-west', 'edge-1']

describe('resolveScope', () => {
  it('means all, else the conversation, else those named, in the order of the fleet', () => {
    expect(resolveScope({ known, allowed: '*' })).toEqual(known)
    expect(resolveScope({ known, allowed: '*', conversation: ['gpu-west', 'hub'] })).toEqual(['hub', 'gpu-west'])
    expect(resolveScope({ known, allowed: '*', conversation: ['hub'], requested: ['edge-1'] })).toEqual(['edge-1'])
    expect(resolveScope({ known, allowed: '*', conversation: ['hub'], requested: ['*'] })).toEqual(known)
  })

  it('never leaves what the actor may see, not even when named', () => {
    expect(resolveScope({ known, allowed: ['hub'] })).toEqual(['hub'])
    expect(resolveScope({ known, allowed: ['hub'], conversation: ['gpu-east'] })).toEqual(['hub'])
    expect(() => resolveScope({ known, allowed: ['hub'], requested: ['gpu-east'] })).toThrow(
      expect.objectContaining({
        code: 'cluster-not-found',
        options: expect.objectContaining({ details: { valid: ['hub'] } }),
      }),
    )
  })

  it('names a near cluster for a name that is wrong (MET-007)', () => {
    expect(() => resolveScope({ known, allowed: '*', requested: ['gpu-esat'] })).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ next: expect.stringContaining('"gpu-east"') }) }),
    )
  })
})

describe('resolveScopeOf', () => {
  const loki = { names: () => ['hub', 'gpu-east'] }
  it('leaves out clusters without the upstream unless they were named', () => {
    expect(resolveScopeOf(loki, { known, allowed: '*' })).toEqual(['hub', 'gpu-east'])
    expect(resolveScopeOf(loki, { known, allowed: '*', requested: ['gpu-west', 'hub'] })).toEqual(['hub', 'gpu-west'])
  })
  it('knows an upstream whose names are not clusters, under the rights of the actor', () => {
    const ray = { names: () => ['ray-train'] }
    expect(resolveScopeOf(ray, { known, allowed: '*' })).toEqual(['ray-train'])
    expect(resolveScopeOf(ray, { known, allowed: '*', conversation: ['hub'] })).toEqual(['ray-train'])
    expect(resolveScopeOf(ray, { known, allowed: '*', requested: ['ray-train'] })).toEqual(['ray-train'])
    expect(resolveScopeOf(ray, { known, allowed: ['hub'] })).toEqual([])
  })
})

describe('nearest', () => {
  it('finds a part or a slip, and nothing where nothing is near', () => {
    expect(nearest('east', known)).toBe('gpu-east')
    expect(nearest('hbu', known)).toBe('hub')
    expect(nearest('mainframe', known)).toBeUndefined()
  })
})
