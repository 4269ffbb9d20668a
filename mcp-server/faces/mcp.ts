import { createHmac, timingSafeEqual } from 'node:crypto'
import { type InputRequiredResult, inputRequired, Server, type ServerContext } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { type Answer, type ApprovalPayload, answer as answerSchema } from '#contract'
import type { Tool } from '#define'
import type { Answered, Road } from '../call-tool.ts'
import type { ApprovalPolicy } from '../policy/approvals.ts'
import type { Identified } from '../policy/identify.ts'
import type { PersonaList } from '../policy/persona-list.ts'
import type { Entry, Registry } from '../registry.ts'
import type { Results } from '../results/store.ts'

export interface McpParts {
  road: Road
  registry: Registry
  personas: PersonaList
  approvals: ApprovalPolicy
  results: Results
  /** Signs what a client must send back unchanged */
  secret: string
  version: string
  /** stdio with nobody else to ask: the client's own permission prompt counts (QM_APPROVALS=client) */
  approveByClient: boolean
  now: () => Date
}

interface WireTool {
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

const fingerprint = { type: 'string', description: 'From the plan, to confirm exactly it' }

export function wireForm({ tool, input }: Entry, approveByClient: boolean): WireTool {
  const asksBack = approveByClient && tool.plan !== undefined
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
      readOnlyHint: tool.risk === 'read',
      destructiveHint: tool.risk === 'danger',
      idempotentHint: tool.risk === 'read' || tool.afterCrash === 'rerun',
      openWorldHint: true,
    },
  }
}

const instructions =
  'Quartermaster knows a fleet of GPU clusters: nodes, pods, metrics, alerts, model deployments, Ray, a GPU marketplace and escrow. Answers are cards with a text; long ones keep the whole as a result for get_result. Changes wait for a person. More tools: search_tools, run_tool.'

/** One MCP server object for one request or connection, of a caller who is known. Built cheaply: schemas are converted once. */
export function createMcpFace(parts: McpParts) {
  const wire = new Map<string, WireTool>()
  const wireOf = (entry: Entry): WireTool => {
    const known = wire.get(entry.tool.name)
    if (known) return known
    const made = wireForm(entry, parts.approveByClient)
    wire.set(entry.tool.name, made)
    return made
  }
  const sign = (text: string) => createHmac('sha256', parts.secret).update(`mcp:${text}`).digest('base64url')
  const signed = (id: string) => `${id}.${sign(id)}`
  function verified(state: string | undefined): string | undefined {
    const [id = '', mac = ''] = (state ?? '').split('.')
    const [a, b] = [Buffer.from(mac), Buffer.from(sign(id))]
    return a.length === b.length && timingSafeEqual(a, b) ? id : undefined
  }

  return function serverFor(who: Identified): Server {
    const server = new Server(
      { name: 'quartermaster', title: 'Quartermaster', version: parts.version },
      {
        capabilities: { tools: {}, prompts: {}, resources: {} },
        instructions,
        cacheHints: { 'tools/list': { ttlMs: 60_000, cacheScope: 'private' } },
      },
    )
    const { actor } = who

    server.setRequestHandler('tools/list', () => ({
      tools: parts.registry.visible(actor, 'direct').map(wireOf) as never,
    }))

    server.setRequestHandler('tools/call', async ({ params }, ctx) => {
      const client = clientOf(server, ctx)
      const caller = { ...actor, ...(client.name && { client: client.name }) }
      const { planFingerprint, ...input } = (params.arguments ?? {}) as Record<string, unknown>
      const base = {
        tool: params.name,
        actor: caller,
        face: 'mcp' as const,
        signal: ctx.mcpReq.signal,
        traceId: traceIdOf(ctx),
        conversationClusters: who.conversationClusters,
      }

      const decided = ctx.mcpReq.inputResponses?.approval
      if (decided !== undefined) {
        const id = verified(ctx.mcpReq.requestState<string>())
        if (id !== undefined && !who.agentToken) return result(await decideByAnswer(id, decided, caller))
      }
      if (parts.approveByClient && typeof planFingerprint === 'string') {
        const id = verified(planFingerprint)
        return result(
          id === undefined
            ? refusal('The planFingerprint is not one this server gave', 'Call without it to get a plan', parts.now())
            : await settle(() => parts.approvals.decide({ id, approve: true, actor: { ...caller, kind: 'human' } })),
        )
      }
      const answered = await parts.road({ ...base, input: planFingerprint === undefined ? input : params.arguments })
      const approval = answered.answer.approval
      if (!approval) return result(answered)
      if (!who.agentToken && client.elicits) return elicitation(approval)
      if (parts.approveByClient)
        return result({
          ...answered,
          text: `${answered.text}\nTo confirm exactly this plan, call again with planFingerprint "${signed(approval.id)}".`,
        })
      return result(answered)
    })

    function elicitation(approval: ApprovalPayload): InputRequiredResult {
      const name = approval.plan.typedName
      return inputRequired({
        requestState: signed(approval.id),
        inputRequests: {
          approval: inputRequired.elicit({
            message: `${approval.plan.verb}? ${approval.plan.summary}\n${approval.plan.steps.map((step) => `- ${step.verb} ${step.target}`).join('\n')}`,
            requestedSchema: {
              type: 'object',
              properties: {
                decision: {
                  type: 'string',
                  enum: ['approve', 'deny'],
                  title: 'Decision',
                  description: approval.plan.verb,
                },
                reason: { type: 'string', title: 'Reason (optional)', maxLength: 500 },
                ...(name !== undefined && { typedName: { type: 'string' as const, title: `Type ${name} to confirm` } }),
              },
              required: ['decision', ...(name !== undefined ? ['typedName'] : [])],
            },
          }),
        },
      })
    }

    async function decideByAnswer(id: string, response: unknown, caller: Identified['actor']): Promise<Answered> {
      const reply = z
        .object({
          action: z.string(),
          content: z
            .object({ decision: z.string(), reason: z.string().optional(), typedName: z.string().optional() })
            .partial()
            .optional(),
        })
        .safeParse(response)
      const approve = reply.success && reply.data.action === 'accept' && reply.data.content?.decision === 'approve'
      return settle(() =>
        parts.approvals.decide({
          id,
          approve,
          reason: reply.data?.content?.reason ?? (approve ? undefined : 'declined in the client'),
          typedName: reply.data?.content?.typedName,
          actor: { ...caller, kind: 'human' },
        }),
      )
    }

    server.setRequestHandler('prompts/list', () => ({
      prompts: parts.personas
        .all()
        .map((persona) => ({ name: `persona/${persona.id}`, title: persona.name, description: persona.description })),
    }))
    server.setRequestHandler('prompts/get', ({ params }) => {
      const id = parts.personas.check(params.name.replace(/^persona\//, ''))
      return {
        messages: [{ role: 'user' as const, content: { type: 'text' as const, text: parts.personas.prompt(id) } }],
      }
    })
    server.setRequestHandler('resources/list', () => ({ resources: [] }))
    server.setRequestHandler('resources/templates/list', () => ({
      resourceTemplates: [
        {
          uriTemplate: 'quartermaster://results/{id}',
          name: 'result',
          title: 'A kept result',
          description: 'The whole of an answer that was too long to show',
          mimeType: 'application/json',
        },
      ],
    }))
    server.setRequestHandler('resources/read', async ({ params }) => {
      const id = /^quartermaster:\/\/results\/([\w-]+)$/.exec(params.uri)?.[1] ?? ''
      const kept = await parts.results.get(id, actor.id)
      return { contents: [{ uri: params.uri, mimeType: 'application/json', text: JSON.stringify(kept.data) }] }
    })
    return server
  }

  /** What a decision says back to the client that asked. */
  async function settle(decide: () => Promise<ApprovalPayload>): Promise<Answered> {
    try {
      const approval = await decide()
      const outcome = approval.outcome as Answer | undefined
      const words = `approval ${approval.id}: ${approval.state}${approval.reason ? ` (${approval.reason})` : ''}${approval.changes?.length ? `; moved: ${approval.changes.join('; ')}` : ''}`
      const answer: Answer =
        outcome && !outcome.error ? outcome : { card: 'approval', approval, at: approval.decidedAt ?? approval.askedAt }
      return { answer, text: words, status: 200 }
    } catch (error) {
      const { message, options } = error as { message: string; options?: { next?: string } }
      return refusal(message, options?.next ?? 'Ask for the change again', parts.now())
    }
  }
}

const refusal = (message: string, next: string, at: Date): Answered => ({
  answer: { card: 'error', error: { code: 'conflict', message, next, changed: 'nothing' }, at: at.toISOString() },
  text: `error: ${message}\nnext: ${next}`,
  status: 409,
})

function result({ answer, text }: Answered) {
  return {
    content: [{ type: 'text' as const, text }],
    structuredContent: answer as unknown as Record<string, unknown>,
    ...(answer.error && { isError: true }),
  }
}

/** Which program calls and whether it can ask its user; per request since 2026-07-28, per connection before. */
function clientOf(server: Server, ctx: ServerContext): { name?: string; elicits: boolean } {
  const envelope = (ctx.mcpReq.envelope ?? {}) as Record<string, { name?: string; elicitation?: unknown } | undefined>
  const capabilities = envelope['io.modelcontextprotocol/clientCapabilities'] ?? server.getClientCapabilities()
  const name = envelope['io.modelcontextprotocol/clientInfo']?.name ?? server.getClientVersion()?.name
  return { ...(name && { name: name.slice(0, 80) }), elicits: capabilities?.elicitation !== undefined }
}

function traceIdOf(ctx: ServerContext): string | undefined {
  const parent = ctx.mcpReq._meta?.traceparent
  return typeof parent === 'string' ? parent.split('-')[1] : undefined
}
