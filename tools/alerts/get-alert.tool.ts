import * as z from 'zod'
import { cards, type Fact } from '#contract'
import { type Context, defineTool } from '#define'
import { optionalWord, word } from '../arguments.ts'
import type { Alert, Silence } from '../clients/alertmanager/types.ts'
import { factsLine, figure, lines, outsideNote, quoted, shortTime, span, tsv } from '../text.ts'
import { fromLabels, stateOf } from './alert-rows.ts'
import { durationSeconds, subjectOf, summaryOf } from './events.ts'
import { type FoundAlert, findAlert } from './find-alert.ts'
import { nextCallsFor } from './next-calls.ts'
import { type Measured, measure, ruleOf, thresholdsOf, wordsOf } from './rule-of.ts'
import { describeMatchers, mutes } from './silence.ts'

type Ctx = Context<'fleet' | 'alertmanager', 'prometheus'>
type Check = z.output<typeof cards.status.payload>['checks'][number]

const input = z.strictObject({
  fingerprint: word.describe('From list_alerts: fingerprint, cluster/fingerprint, or its name'),
  cluster: optionalWord('Cluster name'),
})

/** One alert with all that is known of it (ALR-002): its rule and what that measured, silences, earlier episodes. */
export const getAlert = defineTool({
  name: 'get_alert',
  title: 'One alert',
  about:
    'One alert in depth: labels, annotations, the rule with its expression and threshold, what it measured around the start, silences, earlier episodes, what to look at next. Many: list_alerts.',
  risk: 'read',
  card: 'status',
  needs: ['fleet', 'alertmanager'],
  uses: ['prometheus'],
  input,
  output: cards.status.payload,
  examples: [{ fingerprint: 'gpu-east/6145004c73697686' }],
  route: { method: 'GET', path: '/alerts/{fingerprint}' },
  text: ({ title, state, summary, facts, checks }) =>
    lines(
      `${title}: ${state}`,
      quoted(summary, 300),
      factsLine(facts),
      outsideNote,
      tsv(
        ['what', 'state', 'detail'],
        checks.map((check) => [check.label, check.state, check.detail]),
      ),
    ),
  async run(input, ctx) {
    const found = await findAlert(ctx, input)
    const { cluster, now, labels, annotations, episodes } = found
    const startsAt = now ? new Date(now.startsAt) : episodes[0]!.startsAt
    const [silences, behind] = await Promise.all([silencesOf(ctx, found), ruleBehind(ctx, found, startsAt)])
    const state = now ? stateOf(now) : 'resolved'
    const fingerprint = now?.fingerprint ?? episodes[0]!.fingerprint
    const row = fromLabels(labels, { id: fingerprint, cluster, state: 'firing', summary: summaryOf(annotations) })
    return {
      subject: subjectOf(cluster, fingerprint),
      data: {
        title: `${row.alert} on ${cluster}`,
        state,
        tone: state === 'firing' ? row.severityTone : ('neutral' as const),
        ...(row.summary && { summary: row.summary }),
        facts: factsOf(found, { startsAt, severity: row.severity, nowMs: ctx.now().getTime() }),
        checks: [...ruleChecks(behind), ...silences, ...episodeChecks(found), ...textChecks(found)],
      },
      next: nextCallsFor({ cluster, labels, startsAt, query: behind?.measured?.query, fingerprint }),
    }
  },
})

interface Behind {
  rule?: ReturnType<typeof ruleOf>
  measured?: Measured | undefined
  failed?: string
}

/** Prometheus may be away or have no rules of its own: then the alert is told without them, and that is said. */
async function ruleBehind(ctx: Ctx, { cluster, labels }: FoundAlert, startsAt: Date): Promise<Behind | undefined> {
  const { prometheus } = ctx.clients
  const name = labels.alertname
  if (!name || !prometheus?.names().includes(cluster)) return undefined
  const { values, clusters } = await ctx.fanOut([cluster], async (one, signal): Promise<Behind> => {
    const client = prometheus.for(one)
    const rules = await client.alertingRules({ name, signal })
    const rule = rules && ruleOf(rules, labels)
    if (!rule) return { failed: rules ? `no rule is named ${name}` : 'this server shows no rules' }
    try {
      return { rule, measured: await measure(client, { rule, labels, startsAt, now: ctx.now(), signal }) }
    } catch {
      return { rule, failed: 'what it measured could not be read' }
    }
  })
  return values[0]?.value ?? { failed: clusters[0]?.error ?? 'no answer' }
}

function ruleChecks(behind: Behind | undefined): Check[] {
  if (!behind)
    return [
      {
        id: 'rule',
        label: 'Rule',
        state: 'unknown',
        tone: 'neutral',
        detail: 'no Prometheus is configured for this cluster',
      },
    ]
  const { rule, measured, failed } = behind
  const checks: Check[] = []
  if (rule) {
    const thresholds = thresholdsOf(rule.query).map(({ operator, value }) => `${operator} ${figure(value)}`)
    const facts = [
      rule.forSeconds > 0 && `for ${span(rule.forSeconds)}`,
      thresholds.length > 0 && `threshold ${thresholds.join(', ')}`,
      `group ${rule.group}`,
      rule.lastError && `last error: ${rule.lastError}`,
    ].filter(Boolean)
    checks.push({
      id: 'rule',
      label: 'Rule',
      state: rule.health,
      tone: rule.health === 'ok' ? 'good' : 'bad',
      detail: `${rule.query} (${facts.join('; ')})`.slice(0, 600),
    })
  }
  for (const [index, one] of (measured?.series ?? []).entries())
    checks.push({
      id: `series-${index}`,
      label: one.name.slice(0, 160),
      state: 'measured',
      tone: 'neutral',
      detail: wordsOf(one),
    })
  if (measured?.series.length === 0)
    checks.push({
      id: 'series',
      label: 'Measured',
      state: 'nothing',
      tone: 'neutral',
      detail: 'no series around the start',
    })
  if (failed) checks.push({ id: 'unknown', label: 'Rule', state: 'unknown', tone: 'neutral', detail: failed })
  return checks
}

async function silencesOf(ctx: Ctx, { cluster, labels, now }: FoundAlert): Promise<Check[]> {
  const { values } = await ctx.fanOut([cluster], (one, signal) =>
    ctx.clients.alertmanager.for(one).silences({ signal }),
  )
  const matching = (values[0]?.value ?? []).filter((one) => one.state !== 'expired' && mutes(one.matchers, labels))
  return [...matching.map(silenceCheck), ...mutedChecks(now)]
}

const silenceCheck = (one: Silence): Check => ({
  id: `silence-${one.id}`,
  label: `Silence ${one.id}`,
  state: one.state,
  tone: 'neutral',
  detail: `${describeMatchers(one.matchers)} until ${shortTime(one.endsAt)} by ${quoted(one.createdBy, 60)}: ${quoted(one.comment, 160)}`,
})

const mutedChecks = (now: Alert | undefined): Check[] => [
  ...(now?.inhibitedBy ?? []).map(
    (by): Check => ({ id: `inhibited-${by}`, label: 'Inhibited by', state: 'inhibited', tone: 'neutral', detail: by }),
  ),
  ...(now?.mutedBy ?? []).map(
    (by): Check => ({ id: `muted-${by}`, label: 'Muted at this time', state: 'muted', tone: 'neutral', detail: by }),
  ),
]

const shownEpisodes = 5

function episodeChecks({ episodes }: FoundAlert): Check[] {
  return episodes.slice(0, shownEpisodes).map((one) => ({
    id: `episode-${one.startsAt.getTime()}`,
    label: `Episode ${shortTime(one.startsAt.toISOString())}`,
    state: one.state,
    tone: one.state === 'firing' ? 'warn' : 'neutral',
    detail: one.endsAt ? `lasted ${span(durationSeconds({ startsAt: one.startsAt, endsAt: one.endsAt }))}` : 'goes on',
  }))
}

/** Annotations beyond the summary, and every label: what the rule's author wanted to be seen. */
function textChecks({ labels, annotations }: FoundAlert): Check[] {
  const texts = Object.entries(annotations)
    .filter(([name, value]) => name !== 'summary' && value !== '')
    .slice(0, 8)
    .map(
      ([name, value]): Check => ({
        id: `annotation-${name}`,
        label: name.slice(0, 60),
        state: 'annotation',
        tone: 'neutral',
        detail: quoted(value, 400),
      }),
    )
  const all = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return [
    ...texts,
    { id: 'labels', label: 'Labels', state: String(all.length), tone: 'neutral', detail: all.join(', ').slice(0, 900) },
  ]
}

function factsOf({ now, episodes }: FoundAlert, at: { startsAt: Date; severity: string; nowMs: number }): Fact[] {
  const { startsAt, severity, nowMs } = at
  const over = episodes.filter((one) => one.endsAt)
  const ended = now ? undefined : episodes[0]?.endsAt
  const seconds = over.map((one) => durationSeconds({ startsAt: one.startsAt, endsAt: one.endsAt! }))
  return [
    { label: 'severity', value: severity },
    { label: 'since', value: startsAt.toISOString() },
    ended
      ? { label: 'lasted', value: span(durationSeconds({ startsAt, endsAt: ended })) }
      : { label: 'for', value: span((nowMs - startsAt.getTime()) / 1000) },
    ...(episodes.length > 1 ? [{ label: 'episodes remembered', value: String(episodes.length) }] : []),
    ...(seconds.length > 1
      ? [{ label: 'average length', value: span(seconds.reduce((sum, one) => sum + one, 0) / seconds.length) }]
      : []),
    ...(now?.receivers.length ? [{ label: 'receivers', value: now.receivers.join(', ').slice(0, 120) }] : []),
  ]
}
