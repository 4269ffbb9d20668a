import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { answer as answerSchema, isToolError } from '#contract'
import type { Access, Logger, Tool } from '#define'
import type { Answered } from '../call-tool.ts'
import type { Entry } from '../registry.ts'

export interface WireTool {
  name: string
  title: string
  description: string
  inputSchema: Record<string, unknown> & { type: 'object' }
  outputSchema: Record<string, unknown> & { type: 'object' }
  annotations: {
    title: string
    readOnlyHint: boolean
    destructiveHint: boolean
    idempotentHint: boolean
    openWorldHint: boolean
  }
  _meta?: {
    /** Kubernetes rights the tool uses, for whoever writes the Role */
    'quartermaster/access'?: readonly Access[]
    /** Kind of card of its answer, for a client that makes room for it while the call runs. Absent: it depends on the call */
    'quartermaster/card'?: string
  }
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, { io: 'output' }) as Record<string, unknown>
  return converted
}

let envelope: Record<string, unknown> | undefined

/** The envelope, which is converted once, with this tool's data in it: flat, every member optional. */
function outputSchema(tool: Tool): WireTool['outputSchema'] {
  envelope ??= jsonSchema(answerSchema)
  const data = jsonSchema(tool.card === 'any' ? z.record(z.string(), z.unknown()) : tool.output)
  return {
    ...envelope,
    properties: { ...(envelope.properties as object), data },
  } as unknown as WireTool['outputSchema']
}

function metaOf({ access, card, plan }: Tool): Pick<WireTool, '_meta'> {
  const meta = {
    ...(access.length > 0 && { 'quartermaster/access': access }),
    ...(card !== 'any' && { 'quartermaster/card': plan ? 'approval' : card }),
  }
  return Object.keys(meta).length > 0 ? { _meta: meta } : {}
}

const fingerprint = { type: 'string', description: 'From the plan, to confirm exactly it' }

/** One tool as MCP lists it. Where the client's own prompt approves, a change takes back the fingerprint of its plan. */
export function wireForm({ tool, input }: Entry, approveByClient: boolean): WireTool {
  const asksBack = approveByClient && (tool.plan !== undefined || tool.name === 'run_tool')
  // a client that does not prompt for what only reads must still prompt for a confirmed change
  const readOnly = tool.risk === 'read' && !asksBack
  return {
    name: tool.name,
    title: tool.title,
    description: tool.about,
    inputSchema: (asksBack
      ? { ...input, properties: { ...(input.properties as object), planFingerprint: fingerprint } }
      : input) as WireTool['inputSchema'],
    outputSchema: outputSchema(tool),
    annotations: {
      title: tool.title,
      readOnlyHint: readOnly,
      destructiveHint: tool.risk === 'danger',
      idempotentHint: readOnly || tool.afterCrash === 'rerun',
      openWorldHint: true,
    },
    ...metaOf(tool),
  }
}

/** What tools/call answers: both channels whole, errors marked. */
export function wireResult({ answer, text }: Answered) {
  return {
    content: [{ type: 'text' as const, text }],
    structuredContent: answer as unknown as Record<string, unknown>,
    ...(answer.error && { isError: true }),
  }
}

/** For prompts and resources, which have no error results: the sentence and what to do next, nothing of the inside. */
export function protocolError(error: unknown, log: Logger): ProtocolError {
  if (isToolError(error))
    return new ProtocolError(ProtocolErrorCode.InvalidParams, `${error.message} ${error.options.next}`, {
      code: error.code,
      next: error.options.next,
    })
  log.error({ error }, 'an MCP request failed unexpectedly')
  return new ProtocolError(ProtocolErrorCode.InternalError, 'The request failed unexpectedly; the server log says why')
}
