import * as z from 'zod'
import { ToolError } from '#contract'
import { type Context, defineTool } from '#define'
import { cluster, word } from '../arguments.ts'
import { counted, tableOf } from '../table.ts'
import { lines, shortTime } from '../text.ts'
import { rowOf } from './alert-rows.ts'
import { describeMatchers, mutes } from './silence.ts'
import { silenceColumns, silenceRow, silenceRowOf } from './silence-rows.ts'

const input = z.strictObject({ cluster, id: word.describe('Of the silence, from list_silences') })
type Input = z.output<typeof input>
type Ctx = Context<'fleet' | 'alertmanager'>

const idOf = ({ id }: Input) => id.split('/').at(-1)!

async function read(input: Input, ctx: Ctx) {
  const client = ctx.clients.alertmanager.for(ctx.scope([input.cluster])[0]!)
  return { client, silence: await client.silence(idOf(input), ctx.signal) }
}

/** Ends a silence now; what it muted tells again. */
export const expireSilence = defineTool({
  name: 'expire_silence',
  title: 'End a silence',
  about: 'End a silence before its time: the alerts it mutes notify again. The plan shows which; a person approves.',
  risk: 'change',
  afterCrash: 'rerun',
  card: 'table',
  needs: ['fleet', 'alertmanager'],
  input,
  output: tableOf(silenceRow),
  examples: [{ cluster: 'gpu-east', id: 'd0cf8e3c-d811-497e-bc9b-ce55e1d435f4' }],
  route: { method: 'DELETE', path: '/silences/{id}' },
  text: ({ title, rows }) => lines(title, ...rows.map((row) => `${row.id} ${row.matchers} ${row.state}`)),
  async plan(input, ctx) {
    const { client, silence } = await read(input, ctx)
    if (silence.state === 'expired')
      throw new ToolError('conflict', `The silence ended already, at ${shortTime(silence.endsAt)} UTC.`, {
        field: 'id',
        next: 'list_silences shows those that hold.',
        changed: 'nothing',
      })
    const alerts = await client.alerts({ signal: ctx.signal })
    const muted = ctx.redact(
      alerts.filter(({ labels }) => mutes(silence.matchers, labels)).map((alert) => rowOf(alert, input.cluster)),
    )
    return {
      summary: `End the silence ${ctx.redact(describeMatchers(silence.matchers))} on ${input.cluster}, which would hold until ${shortTime(silence.endsAt)} UTC`,
      verb: 'End the silence',
      cluster: input.cluster,
      steps: muted.slice(0, 12).map((row) => ({
        verb: 'Notify again',
        target: `${row.severity} ${row.alert}${row.object ? ` ${row.object}` : ''}`,
      })),
      checks: [
        {
          label: `Made by ${silence.createdBy || 'nobody named'}`,
          state: 'pass',
          detail: silence.comment.slice(0, 200),
        },
      ],
      impact: [{ label: 'alerts that notify again', value: String(muted.length) }],
      rollback: 'silence_alert with the same matchers',
      guard: { silence: silence.id, state: silence.state, until: silence.endsAt },
    }
  },
  async run(input, ctx) {
    const { client, silence } = await read(input, ctx)
    if (silence.state !== 'expired') await client.expireSilence(silence.id, ctx.signal)
    return {
      data: {
        title: `Ended ${counted(1, 'silence')} on ${input.cluster}`,
        columns: silenceColumns,
        rows: [silenceRowOf(await client.silence(silence.id, ctx.signal), input.cluster)],
      },
    }
  },
})
