import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { type WebSocket, WebSocketServer } from 'ws'
import * as z from 'zod'
import type { Answer, CardData, EventEnvelope } from '#contract'
import {
  exampleAnswer,
  exampleApproval,
  exampleDanger,
  exampleNodes,
  exampleProgress,
  exampleSeries,
  exampleTable,
} from './examples.ts'

export interface FleetServer {
  url: string
  mcpUrl: string
  /** Names of the tools called so far */
  calls: string[]
  tokens: Set<string>
  /** Signals of running slow tools that were aborted */
  slowAborted(): number
  emit(subject: string, name: string, data: Record<string, unknown>): void
  approvals: Map<string, CardData['approval']>
  server: ServerType
  close(): Promise<void>
}

const loose = z.looseObject({})

/** A small stand-in for the real server, for developing and testing the chat alone: MCP, REST and live events over a few answers. */
export async function startFleetServer(port = 0): Promise<FleetServer> {
  const calls: string[] = []
  const tokens = new Set<string>()
  const approvals = new Map<string, CardData['approval']>()
  const sockets = new Map<WebSocket, string[]>()
  const events: EventEnvelope[] = []
  let slowAborted = 0

  const matches = (patterns: string[], subject: string) =>
    patterns.some(
      (pattern) => pattern === subject || (pattern.endsWith('*') && subject.startsWith(pattern.slice(0, -1))),
    )
  const emit = (subject: string, name: string, data: Record<string, unknown>) => {
    const event: EventEnvelope = { seq: events.length + 1, name, subject, at: new Date().toISOString(), data }
    events.push(event)
    for (const [socket, patterns] of sockets)
      if (matches(patterns, subject)) socket.send(JSON.stringify({ type: 'event', event }))
  }

  const answers: Record<string, () => { text: string; answer: Answer }> = {
    list_nodes: () => ({
      text: 'NAME CLUSTER STATUS GPUS FREE\ngpu-east-gpu-00 gpu-east ready 8 8\n60 nodes, 42 GPUs free.',
      answer: {
        ...exampleAnswer('nodes', { ...exampleNodes(60), nodes: exampleNodes(60).nodes.slice(0, 20) }),
        shown: 20,
        total: 60,
        result: 'res_nodes',
        cursor: '20',
        subject: 'fleet/nodes',
        clusters: [
          { cluster: 'gpu-east', status: 'success', tookMs: 31 },
          { cluster: 'gpu-west', status: 'success', tookMs: 44 },
          { cluster: 'edge-1', status: 'timeout', tookMs: 2000, error: 'no answer within 2 s' },
        ],
        next: ['What runs on the busiest node?'],
      },
    }),
    query_metrics: () => ({
      text: 'qwen3-8b 0.21 s, llama-3.3-70b 0.33 s, deepseek-r1 0.71 s at 09:00Z',
      answer: exampleAnswer('time-series', exampleSeries(3, 240)),
    }),
    list_alerts: () => ({ text: '4 critical, 9 warning alerts', answer: exampleAnswer('table', exampleTable(13)) }),
    list_clusters: () => ({
      text: 'hub, gpu-east, gpu-west, edge-1',
      answer: exampleAnswer('table', {
        title: 'Clusters',
        columns: [
          { key: 'name', label: 'Cluster', type: 'text' },
          { key: 'state', label: 'State', type: 'state' },
        ],
        rows: ['hub', 'gpu-east', 'gpu-west', 'edge-1'].map((name) => ({
          id: name,
          name,
          state: 'ready',
          stateTone: 'good',
        })),
      }),
    }),
    check_escrow: () => ({ text: '1,250,000 QU held for job 42', answer: exampleAnswer('ledger') }),
    get_pod_logs: () => ({ text: 'last 40 lines', answer: exampleAnswer('log') }),
    diagnose_pod: () => ({ text: 'OOM loop', answer: exampleAnswer('findings') }),
    get_resource: () => ({ text: 'yaml', answer: exampleAnswer('record') }),
    get_cluster_status: () => ({ text: 'gpu-east degraded', answer: exampleAnswer('status') }),
    list_ray_clusters: () => ({ text: 'no ray clusters', answer: exampleAnswer('empty') }),
    get_deployment: () => ({
      text: 'deploying, 42 %',
      answer: { ...exampleAnswer('progress'), subject: 'models/deployment/qwen3-8b' },
    }),
    fail_tool: () => ({ text: 'edge-1 did not answer within 2 s.', answer: exampleAnswer('error') }),
  }

  const ask = (base: CardData['approval']) => {
    const id = `apr_${(approvals.size + 1).toString().padStart(4, '0')}`
    const approval: CardData['approval'] = {
      ...base,
      id,
      askedAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + 15 * 60_000).toISOString(),
    }
    approvals.set(id, approval)
    emit(`approvals/${id}`, 'approval.asked', { state: 'pending' })
    return {
      text: `Waiting for approval ${id}: ${base.plan.summary}`,
      answer: { ...exampleAnswer('approval', approval), subject: `approvals/${id}` },
    }
  }
  answers.deploy_model = () => ask(exampleApproval)
  answers.drain_node = () => ask(exampleDanger)

  const handler = createMcpHandler(() => {
    const mcp = new McpServer({ name: 'fleet-for-tests', version: '1.0.0' })
    for (const [name, make] of Object.entries(answers))
      mcp.registerTool(name, { description: `${name} of the test fleet`, inputSchema: loose }, async () => {
        calls.push(name)
        const { text, answer } = make()
        return {
          content: [{ type: 'text', text }],
          structuredContent: answer as unknown as Record<string, unknown>,
          ...(answer.error && { isError: true }),
        }
      })
    mcp.registerTool('slow_tool', { description: 'Takes its time', inputSchema: loose }, async (_input, context) => {
      calls.push('slow_tool')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 60_000)
        const { signal } = (context as { mcpReq?: { signal?: AbortSignal } }).mcpReq ?? {}
        signal?.addEventListener('abort', () => {
          slowAborted++
          clearTimeout(timer)
          resolve()
        })
      })
      return { content: [{ type: 'text', text: 'done' }] }
    })
    for (const [id, title] of [
      ['default', 'Quartermaster'],
      ['gpu-expert', 'GPU expert'],
      ['serving-sre', 'Serving SRE'],
    ] as const)
      mcp.registerPrompt(`persona/${id}`, { title, description: `Speaks as ${title}` }, () => ({
        messages: [{ role: 'user', content: { type: 'text', text: `You are ${title}.` } }],
      }))
    return mcp
  })

  const app = new Hono()
  app.all('/mcp', (context) => {
    tokens.add(context.req.header('authorization') ?? '')
    return handler.fetch(context.req.raw)
  })
  app.get('/api/v1/approvals', (context) => {
    const state = context.req.query('state')
    const rows = [...approvals.values()]
      .filter((approval) => !state || approval.state === state)
      .map(({ id, tool, plan, risk, state, askedBy, askedAt, expiresAt }) => ({
        id,
        tool,
        summary: plan.summary,
        state,
        stateTone: 'busy',
        risk,
        askedBy,
        askedAt,
        expiresAt,
      }))
      .reverse()
    if (rows.length === 0)
      return context.json(
        exampleAnswer('empty', {
          title: 'There are no approvals yet',
          likely: ['Nobody asked for a change'],
          next: [],
        }),
      )
    return context.json(exampleAnswer('table', { title: 'Approvals', columns: [], rows }))
  })
  app.get('/api/v1/approvals/:id', (context) => {
    const approval = approvals.get(context.req.param('id'))
    if (!approval)
      return context.json(
        { error: { code: 'not-found', message: 'No such approval.', next: 'Look at /approvals.' } },
        404,
      )
    return context.json({
      card: 'approval',
      data: approval,
      at: new Date().toISOString(),
      subject: `approvals/${approval.id}`,
    })
  })
  app.post('/api/v1/approvals/:id/decision', async (context) => {
    const id = context.req.param('id')
    const approval = approvals.get(id)
    const decision = (await context.req.json()) as { approve: boolean; reason?: string; typedName?: string }
    if (approval?.state !== 'pending')
      return context.json(
        {
          error: {
            code: 'approval-used',
            message: 'This approval was already decided.',
            next: 'Ask for the change again.',
          },
        },
        409,
      )
    if (decision.approve && approval.plan.typedName && approval.plan.typedName !== decision.typedName)
      return context.json(
        {
          error: {
            code: 'invalid-input',
            message: 'The typed name does not match.',
            next: `Type ${approval.plan.typedName}.`,
          },
        },
        400,
      )
    const next: CardData['approval'] = {
      ...approval,
      state: decision.approve ? 'succeeded' : 'denied',
      decidedBy: 'local owner',
      decidedAt: new Date().toISOString(),
      ...(decision.reason && { reason: decision.reason }),
      ...(decision.approve && {
        outcome: {
          ...exampleAnswer('progress', { ...exampleProgress, percent: 10 }),
          subject: `models/deployment/${id}`,
        } as unknown as Record<string, unknown>,
      }),
    }
    approvals.set(id, next)
    emit(`approvals/${id}`, 'approval.decided', { state: next.state, decidedBy: next.decidedBy, outcome: next.outcome })
    if (decision.approve) void progressOf(id)
    return context.json({ card: 'approval', data: next, at: new Date().toISOString(), subject: `approvals/${id}` })
  })
  app.get('/api/v1/results/:id', (context) => {
    const offset = Number(context.req.query('cursor') ?? 0)
    const limit = Number(context.req.query('limit') ?? 50)
    const all = exampleNodes(60)
    return context.json({
      ...exampleAnswer('nodes', { ...all, nodes: all.nodes.slice(offset, offset + limit) }),
      shown: Math.min(limit, 60 - offset),
      ...(offset + limit < 60 && { cursor: String(offset + limit) }),
      total: 60,
      result: context.req.param('id'),
    })
  })

  async function progressOf(id: string) {
    for (const percent of [30, 60, 90, 100]) {
      await new Promise((resolve) => setTimeout(resolve, 700))
      const done = percent === 100
      emit(`models/deployment/${id}`, 'deployment.changed', {
        percent,
        state: done ? 'succeeded' : 'running',
        message: done ? 'Ready: answered the first request in 0.4 s' : 'Downloading weights',
        steps: exampleProgress.steps.map((step, index) => ({
          ...step,
          detail: undefined,
          state: done || index * 30 < percent - 20 ? 'succeeded' : index * 30 < percent ? 'running' : 'pending',
        })),
      })
    }
  }

  const server = await new Promise<ServerType>((resolve) => {
    const started = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () => resolve(started))
  })
  const live = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    live.handleUpgrade(request, socket as never, head, (client) => {
      sockets.set(client, [])
      client.on('close', () => sockets.delete(client))
      client.on('message', (text) => {
        const message = JSON.parse(String(text)) as {
          type: string
          subscription?: { subjects: string[] }
          subjects?: string[]
          after?: number
        }
        if (message.type === 'subscribe' && message.subscription) {
          const { subjects } = message.subscription
          sockets.set(client, [...new Set([...(sockets.get(client) ?? []), ...subjects])])
          client.send(JSON.stringify({ type: 'subscribed', subjects }))
          if (message.after !== undefined)
            for (const event of events)
              if ((event.seq ?? 0) > message.after && matches(subjects, event.subject))
                client.send(JSON.stringify({ type: 'event', event }))
        } else if (message.type === 'unsubscribe')
          sockets.set(
            client,
            (sockets.get(client) ?? []).filter((subject) => !message.subjects?.includes(subject)),
          )
        else if (message.type === 'ping') client.send(JSON.stringify({ type: 'pong' }))
      })
    })
  })
  const address = server.address() as AddressInfo
  const url = `http://127.0.0.1:${address.port}`
  return {
    url,
    mcpUrl: `${url}/mcp`,
    calls,
    tokens,
    slowAborted: () => slowAborted,
    emit,
    approvals,
    server,
    close: async () => {
      for (const socket of sockets.keys()) socket.terminate()
      if ('closeAllConnections' in server) server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
