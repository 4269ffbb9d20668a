import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ToolError } from '#contract'
import { nearest, parseInput } from './parse.ts'

const schema = z.strictObject({
  clusters: z.array(z.string()).optional(),
  limit: z.number().int().min(1).max(200).default(50),
  problemsOnly: z.boolean().default(false),
  labels: z.record(z.string(), z.string()).optional(),
  sort: z.strictObject({ field: z.string(), times: z.number() }).optional(),
  name: z.string().optional(),
})

function refusal(input: unknown): ToolError {
  try {
    parseInput(schema, input)
  } catch (error) {
    if (error instanceof ToolError) return error
  }
  throw new Error('it was taken')
}

describe('arguments', () => {
  it.each([
    [{ limit: '42' }, { limit: 42 }],
    [{ clusters: 'gpu-east' }, { clusters: ['gpu-east'] }],
    [{ clusters: '["gpu-east","hub"]' }, { clusters: ['gpu-east', 'hub'] }],
    [{ problemsOnly: 'true' }, { problemsOnly: true }],
    [{ sort: '{"field":"age","times":"2"}' }, { sort: { field: 'age', times: 2 } }],
    [{ name: 42 }, { name: '42' }],
    [{ clusters: [7, 'hub'] }, { clusters: ['7', 'hub'] }],
    [{ name: null, clusters: null }, {}],
    [undefined, {}],
  ])('takes what can be meant in one way only: %j', (input, expected) => {
    expect(parseInput(schema, input)).toEqual({ limit: 50, problemsOnly: false, ...expected })
  })

  it('says a wrong name first, with the valid ones, and what is missing because of it', () => {
    expect(refusal({ sort: { feild: 'age', times: 2 } })).toMatchObject({
      message: 'Unknown argument sort.feild, and sort.field missing',
      options: { next: 'Did you mean field? Valid: field, times' },
    })
  })

  it('says of a value of the wrong type what is wrong, and missing only of what is missing', () => {
    expect(refusal({ limit: 'many' }).message).toBe('limit: expected number, received string')
    const missing = refusal({ sort: { field: 'a' } })
    expect(missing.message).toBe('sort.times is missing')
    expect(missing.options.next).toBe('Give sort.times and call again')
    const described = z.object({ apiServerUrl: z.string().describe('https://host:6443') })
    expect(() => parseInput(described, {})).toThrow(
      expect.objectContaining({
        options: expect.objectContaining({ next: 'Give apiServerUrl (https://host:6443) and call again' }),
      }),
    )
  })

  describe('members of an argument that is loose for who lists the tools and strict for who calls them', () => {
    const strict = z.strictObject({ routerMode: z.enum(['none', 'kv']).optional(), replicas: z.number().optional() })
    const loose = z.strictObject({
      model: z.string(),
      options: z.record(z.string(), z.unknown()).pipe(strict).default({}),
      many: z.array(z.strictObject({ key: z.string() })).optional(),
    })
    const optionsOf = (input: unknown) => {
      try {
        return parseInput(loose, input)
      } catch (error) {
        return (error as ToolError).options
      }
    }

    it('one that was put beside it is told where it goes', () => {
      expect(optionsOf({ model: 'x', routerMode: 'kv' })).toMatchObject({
        field: 'routerMode',
        next: 'Did you mean options.routerMode? Valid: model, options, many',
      })
    })

    it('an unknown one is refused with those of its place', () => {
      expect(optionsOf({ model: 'x', options: { routrMode: 'kv' } })).toMatchObject({
        field: 'options.routrMode',
        next: 'Did you mean routerMode? Valid: routerMode, replicas',
        details: { valid: ['routerMode', 'replicas'] },
      })
      expect(optionsOf({ model: 'x', many: [{ key: 'a', kee: 'b' }] })).toMatchObject({ details: { valid: ['key'] } })
    })

    it('what can be meant in one way only is taken there too', () => {
      const options = '{"replicas":"2","routerMode":null}'
      expect(optionsOf({ model: 'x', options })).toEqual({ model: 'x', options: { replicas: 2 } })
    })
  })

  it('names the valid arguments, and the near one, for an unknown one', () => {
    const error = refusal({ cluster: 'hub' })
    expect(error.code).toBe('invalid-input')
    expect(error.options).toMatchObject({ field: 'cluster', details: { valid: Object.keys(schema.shape) } })
    expect(error.options.next).toContain('clusters')
  })

  it.each([
    [{ limit: 'many' }, 'limit'],
    [{ limit: 0 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ clusters: [true] }, 'clusters.0'],
    [{ name: true }, 'name'],
    [{ name: ['x'] }, 'name'],
    [{ sort: { field: 'a', times: 1, extra: 1 } }, 'sort.extra'],
    [{ sort: { field: 'a' } }, 'sort.times'],
    [[], ''],
    ['text', ''],
  ])('refuses %j and names the field', (input, field) => {
    const error = refusal(input)
    expect(error.options.field ?? '').toBe(field)
    expect(error.options.next).not.toBe('')
  })

  it('never throws anything but a ToolError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (input) => {
        try {
          parseInput(schema, input)
        } catch (error) {
          expect(error).toBeInstanceOf(ToolError)
        }
      }),
    )
  })

  it('a string argument stays a string, whatever it looks like', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(parseInput(schema, { name }).name).toBe(name)
      }),
    )
  })
})

describe('near names', () => {
  it('finds what was meant, and nothing far away', () => {
    const names = ['list_nodes', 'list_pods', 'query_metrics', 'check_escrow']
    expect(nearest('list_node', names)[0]).toBe('list_nodes')
    expect(nearest('queryMetrics', names)).toEqual(['query_metrics'])
    expect(nearest('frobnicate', names)).toEqual([])
  })
})
