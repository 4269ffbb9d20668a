import * as z from 'zod'
import { type Plan, ToolError } from '#contract'
import { type Context, defineTool } from '#define'
import { cluster, durationSeconds, optionalWord, word } from '../arguments.ts'
import type { Alert, Alertmanager, Matcher } from '../clients/alertmanager/types.ts'
import { counted, tableOf } from '../table.ts'
import { lines, shortTime, span } from '../text.ts'
import { rowOf } from './alert-rows.ts'
import { checkMatchers, describeMatchers, matchersInput, mutes, parseMatcher } from './silence.ts'
import { silenceColumns, silenceRow, silenceRowOf } from './silence-rows.ts'

const longestSeconds = 30 * 86_400
const isDuration = (text: string) => /^[0-9]{1,9}[smhdw]$/.test(text)

const input = z.strictObject({
  cluster,
  fingerprint: optionalWord('Of the alert; or matchers'),
  matchers: matchersInput.optional().describe('All must hold: alertname="X", pod=~"web-.*"'),
  duration: z
    .string()
    .refine(isDuration, 'must be a number and one of s, m, h, d, w, such as 2h')
    .default('2h')
    .describe('2h; at most 30d'),
  comment: word.refine((text) => text.trim().length > 2, 'must say why').describe('Why; others read it'),
})
type Input = z.output<typeof input>
type Ctx = Context<'fleet' | 'alertmanager'>

function secondsOf({ duration }: Input): number {
  const seconds = durationSeconds(duration)
  if (seconds >= 60 && seconds <= longestSeconds) return seconds
  throw new ToolError('invalid-input', `A silence of ${duration} is ${seconds < 60 ? 'too short' : 'too long'}.`, {
    field: 'duration',
    next: 'Take 1m to 30d. What shall never tell is better changed in the rule or the route.',
    changed: 'nothing',
  })
}

/** The labels that say which alert of which thing; the others change with a rule's text. */
const fixed = (labels: Record<string, string>): Matcher[] =>
  Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }))

/** @throws ToolError not-found for a fingerprint that does not fire, invalid-input for matchers that say nothing */
async function matchersOf(input: Input, alerts: readonly Alert[]): Promise<Matcher[]> {
  if ((input.fingerprint === undefined) === (input.matchers === undefined))
    throw new ToolError('invalid-input', 'Give the fingerprint of an alert or matchers, one of the two.', {
      field: 'matchers',
      next: 'list_alerts shows fingerprints as the end of each id.',
      changed: 'nothing',
    })
  if (input.matchers) {
    const matchers = input.matchers.map((text, index) => parseMatcher(text, `matchers.${index}`))
    checkMatchers(matchers)
    return matchers
  }
  const fingerprint = input.fingerprint!.split('/').at(-1)!
  const found = alerts.find((alert) => alert.fingerprint === fingerprint)
  if (found) return fixed(found.labels)
  throw new ToolError(
    'not-found',
    `No alert with the fingerprint ${fingerprint.slice(0, 80)} fires on ${input.cluster}.`,
    {
      field: 'fingerprint',
      next: 'Take one from list_alerts, or give matchers for what may fire later.',
      changed: 'nothing',
    },
  )
}

async function prepare(input: Input, ctx: Ctx) {
  const seconds = secondsOf(input)
  const client = ctx.clients.alertmanager.for(ctx.scope([input.cluster])[0]!)
  const alerts = await client.alerts({ signal: ctx.signal })
  const matchers = await matchersOf(input, alerts)
  const muted = alerts.filter(({ labels }) => mutes(matchers, labels))
  return { client, seconds, matchers, muted, all: alerts }
}

const shownAlerts = 12

function describe(
  input: Input,
  { matchers, muted, seconds, all }: Awaited<ReturnType<typeof prepare>>,
  ctx: Ctx,
): Plan {
  const until = new Date(ctx.now().getTime() + seconds * 1000).toISOString()
  const rows = ctx.redact(muted.map((alert) => rowOf(alert, input.cluster)))
  const critical = rows.filter(({ severity }) => severity === 'critical').length
  return {
    summary: `Silence ${ctx.redact(describeMatchers(matchers))} on ${input.cluster} for ${span(seconds)}, until ${shortTime(until)} UTC`,
    verb: `Silence ${counted(muted.length, 'alert')}`,
    cluster: input.cluster,
    steps: [
      ...rows.slice(0, shownAlerts).map((row) => ({
        verb: row.state === 'firing' ? 'Mute' : 'Mute again',
        target: `${row.severity} ${row.alert}${row.object ? ` ${row.object}` : ''}`,
        ...(row.namespace && { detail: `namespace ${row.namespace}` }),
      })),
      ...(rows.length > shownAlerts ? [{ verb: 'Mute', target: `${rows.length - shownAlerts} more` }] : []),
      { verb: 'Tell why', target: input.comment.slice(0, 200) },
    ],
    checks: [
      muted.length === 0
        ? { label: 'Nothing that fires now matches', state: 'warn', detail: 'it would mute what fires later' }
        : { label: `${counted(muted.length, 'alert')} of ${all.length} that fire now`, state: 'pass' },
      ...(critical > 0
        ? [
            {
              label: `${counted(critical, 'critical alert')} among them`,
              state: 'warn' as const,
              detail: 'nobody is told of them',
            },
          ]
        : []),
    ],
    impact: [
      { label: 'alerts', value: String(muted.length) },
      { label: 'until', value: until },
    ],
    rollback: 'expire_silence ends it at once',
    // what fires changes all the time and is shown again; what is muted may not
    guard: { matchers: describeMatchers(matchers), duration: String(seconds) },
  }
}

/** The same silence made by this approval before a crash: the comment carries its mark. */
async function already(client: Alertmanager, mark: string, signal: AbortSignal): Promise<string | undefined> {
  const silences = await client.silences({ signal })
  return silences.find(({ comment, state }) => state !== 'expired' && comment.endsWith(mark))?.id
}

/** Mutes alerts for a time. The creator is the person who asked, so that others know whom to ask. */
export const silenceAlert = defineTool({
  name: 'silence_alert',
  title: 'Silence alerts',
  about:
    'Mute an alert, or all that matchers select, on one cluster for a time, with a reason. The plan shows what it mutes now; a person approves. Ends early by expire_silence.',
  risk: 'change',
  afterCrash: 'rerun',
  undo: ({ cluster }, { outcome }) => {
    const [row] = (outcome.rows ?? []) as { id?: unknown }[]
    return typeof row?.id === 'string' ? { tool: 'expire_silence', input: { cluster, id: row.id } } : undefined
  },
  card: 'table',
  needs: ['fleet', 'alertmanager'],
  input,
  output: tableOf(silenceRow),
  examples: [
    { cluster: 'gpu-east', fingerprint: '6145004c73697686', comment: 'GPU is being replaced' },
    {
      cluster: 'gpu-east',
      matchers: ['alertname="GpuXidError"', 'Hostname=~"gpu-.*"'],
      duration: '4h',
      comment: 'Maintenance',
    },
  ],
  route: { method: 'POST', path: '/silences' },
  text: ({ title, rows }) =>
    lines(title, ...rows.map((row) => `${row.id} ${row.matchers} until ${shortTime(row.endsAt)} UTC`)),
  plan: async (input, ctx) => describe(input, await prepare(input, ctx), ctx),
  async run(input, ctx) {
    const { client, seconds, matchers, muted } = await prepare(input, ctx)
    const now = ctx.now()
    const mark = ` (${ctx.idempotencyKey.slice(0, 36)})`
    const id =
      (await already(client, mark, ctx.signal)) ??
      (await client.putSilence(
        {
          matchers,
          startsAt: now.toISOString(),
          endsAt: new Date(now.getTime() + seconds * 1000).toISOString(),
          createdBy: ctx.actor.name,
          comment: `${input.comment.trim()}${mark}`,
        },
        ctx.signal,
      ))
    const silence = await client.silence(id, ctx.signal)
    return {
      data: {
        title: `Silenced ${counted(muted.length, 'alert')} on ${input.cluster}`,
        columns: silenceColumns,
        rows: [silenceRowOf(silence, input.cluster, muted.length)],
      },
      next: [`expire_silence {"cluster":"${input.cluster}","id":"${id}"}`],
    }
  },
})
