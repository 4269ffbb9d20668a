import { describe, expect, it } from 'vitest'
import { domains } from '#tools/index.ts'
import { version } from './main.ts'
import { committed, fullRegistry, personaCosts, surfaceFiles } from './surface.ts'

describe('the public surface', () => {
  it.each(Object.entries(surfaceFiles(domains, version)))(
    '%s changed on purpose: run `npm run surface` and look at the diff',
    (path, text) => {
      expect(committed(path)).toBe(text)
    },
  )

  it('has no anyOf or oneOf in any output schema: one such tool makes some hosts drop the whole server', () => {
    for (const tool of JSON.parse(surfaceFiles(domains, version)['mcp-server/surface/tools.json']!) as {
      name: string
      outputSchema: unknown
    }[])
      expect(JSON.stringify(tool.outputSchema), tool.name).not.toMatch(/"(anyOf|oneOf)"/)
  })

  it('is small for every persona: at most 24 tools and 14,000 characters', () => {
    const costs = personaCosts(domains)
    expect(costs.map(({ persona }) => persona)).toEqual(expect.arrayContaining(['default', 'serving-sre']))
    expect(costs.filter(({ tools, characters }) => tools > 24 || characters > 14_000)).toEqual([])
  })

  it('every persona has at most 24 direct tools, and the common ones', () => {
    const { list } = fullRegistry(domains)
    for (const { id } of list.all()) {
      expect(list.direct(id).length, id).toBeLessThanOrEqual(24)
      expect(list.direct(id)).toEqual(expect.arrayContaining(['search_tools', 'run_tool', 'get_result']))
    }
  })
})
