import * as z from 'zod'
import { answer, errorPayload, errorStatus } from '#contract'
import { type Entry, inputSchema, type Registry } from '../registry.ts'

type Json = Record<string, unknown>
const plain = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io }) as Json
  return rest
}

/** OpenAPI 3.1 over every tool that people may call: its own route, or `POST /api/v1/tools/<name>`. */
export function openapiDocument(registry: Registry, version: string): Json {
  const paths: Record<string, Json> = {}
  for (const entry of registry.all()) {
    const { route = { method: 'POST', path: `/tools/${entry.tool.name}` }, alsoAt } = entry.tool
    for (const [index, one] of [route, ...alsoAt].entries()) {
      const method = one.method.toLowerCase()
      const path = `/api/v1${one.path}`
      const described = operation(entry, path, method)
      paths[path] = {
        ...paths[path],
        // the id of an operation is unique
        [method]: index === 0 ? described : { ...described, operationId: `${entry.tool.name}_${index + 1}` },
      }
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Quartermaster',
      version,
      description:
        'The same tools that the chat and MCP clients use. Changes answer 202 with an approval; a person decides it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    tags: [...new Set(registry.all().map(({ domain }) => domain))].map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        Answer: plain(answer, 'output'),
        Error: { type: 'object', properties: { error: plain(errorPayload, 'output') }, required: ['error'] },
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'QM_TOKEN; not needed on loopback when none is configured',
        },
      },
    },
    security: [{}, { bearer: [] }],
  }
}

const without = (members: Json, names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !names.includes(name)))

const body = (ref: string, description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${ref}` } } },
})

function operation({ tool, domain }: Entry, path: string, method: string): Json {
  const input = inputSchema(tool)
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
  const properties = (input.properties ?? {}) as Record<string, Json>
  const required = (input.required ?? []) as string[]
  const asQuery = method === 'get' || method === 'delete'
  const parameters = Object.entries(properties)
    .filter(([name]) => inPath.includes(name) || asQuery)
    .map(([name, schema]) => ({
      name,
      in: inPath.includes(name) ? 'path' : 'query',
      required: inPath.includes(name) || required.includes(name),
      ...(typeof schema.description === 'string' && { description: schema.description }),
      schema,
    }))
  const rest = without(properties, inPath)
  return {
    operationId: tool.name,
    tags: [domain],
    // What a link or a pinned card may run: it changes nothing, and neither does what it runs
    ...(tool.risk === 'read' && tool.audience.includes('agent') && tool.name !== 'run_tool' && { 'x-read-only': true }),
    summary: tool.title,
    description: tool.about,
    ...(parameters.length > 0 && { parameters }),
    ...(!asQuery && {
      requestBody: {
        content: {
          'application/json': tool.route?.body
            ? { schema: rest[tool.route.body] ?? {} }
            : {
                schema: { ...input, properties: rest, required: required.filter((name) => !inPath.includes(name)) },
                ...(tool.examples[0] !== undefined && { example: without(tool.examples[0] as Json, inPath) }),
              },
        },
      },
    }),
    responses: {
      '200': {
        description: tool.title,
        content: {
          'application/json': {
            schema:
              tool.card === 'any'
                ? { $ref: '#/components/schemas/Answer' }
                : {
                    allOf: [
                      { $ref: '#/components/schemas/Answer' },
                      { type: 'object', properties: { data: plain(tool.output, 'output') } },
                    ],
                  },
          },
        },
      },
      ...(tool.plan && { '202': body('Answer', 'Planned; waits for a person') }),
      '206': body('Answer', 'Some clusters did not answer; `clusters` says which and why'),
      ...Object.fromEntries(
        [...new Set(Object.values(errorStatus))]
          .filter((status) => [400, 401, 403, 404, 429, 503, 504].includes(status))
          .map((status) => [String(status), body('Error', 'See code, message and next')]),
      ),
    },
  }
}

const escapeHtml = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)

/** One page with every operation, readable without any script. */
export function docsPage(document: Json): string {
  const paths = document.paths as Record<string, Record<string, Json>>
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, op]) => {
      const parameters = [
        ...((op.parameters as Json[] | undefined) ?? []).map(
          (p) => `${p.name}${p.required ? '*' : ''}: ${p.description ?? ''}`,
        ),
        ...bodyFields(op),
      ]
      return `<section id="${escapeHtml(String(op.operationId))}"><h3><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h3><p><b>${escapeHtml(String(op.summary))}</b> (<code>${escapeHtml(String(op.operationId))}</code>). ${escapeHtml(String(op.description))}</p>${parameters.length ? `<ul>${parameters.map((p) => `<li>${escapeHtml(p)}</li>`).join('')}</ul>` : ''}</section>`
    }),
  )
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Quartermaster API</title><style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}code{font:13px ui-monospace,monospace}section{border-top:1px solid #8884;padding:.4rem 0}h3{margin:.4rem 0}</style></head><body><h1>Quartermaster API</h1><p>${escapeHtml(String((document.info as Json).description))} Machine-readable: <a href="/openapi.json">/openapi.json</a>. MCP: <code>/mcp</code>. Live events: <code>/ws</code>, <code>/api/v1/streaming/events</code>.</p>${rows.join('')}</body></html>`
}

function bodyFields(op: Json): string[] {
  const schema = ((op.requestBody as Json | undefined)?.content as Record<string, { schema: Json }> | undefined)?.[
    'application/json'
  ]?.schema
  const required = (schema?.required ?? []) as string[]
  return Object.entries((schema?.properties ?? {}) as Record<string, Json>).map(
    ([name, s]) => `${name}${required.includes(name) ? '*' : ''}: ${s.description ?? ''}`,
  )
}
