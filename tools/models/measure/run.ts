import { type CardData, isToolError } from '#contract'
import { eq } from '#db/drizzle.ts'
import { deploymentTests } from '#db/schema/models.ts'
import { shortTime } from '../../text.ts'
import { compared } from './figures.ts'
import { type MeasureInput, settingsOf } from './input.ts'
import { type LoadSettings, settingsFacts } from './settings.ts'
import { firstLook, type Measured, measure } from './steps.ts'
import { closeAbandoned, earlierOne, measurementSubject, patchOf } from './store.ts'
import { findTarget, type MeasureContext, type Target } from './target.ts'

type Card = CardData['measurement']
type Still = Pick<Card, 'title' | 'settings' | 'startedAt'>

/** A page redraws a few times a second; more would only be work. */
const showEveryMs = 400
const clock = () => performance.now()

interface Running {
  id: string
  subject: string
  target: Target
  settings: LoadSettings
  still: Still
}

async function begin({ id, target, settings, still }: Running, ctx: MeasureContext): Promise<void> {
  const db = await ctx.db()
  await closeAbandoned(db, ctx.now())
  const row = {
    id,
    ...target.place,
    model: target.names[0] ?? null,
    state: 'running' as const,
    settings: { ...settings },
    result: null,
    message: null,
    approvalId: id,
    requestedBy: ctx.actor.name,
    createdAt: new Date(still.startedAt),
    endedAt: null,
  }
  await db.insert(deploymentTests).values(row).onConflictDoUpdate({ target: deploymentTests.id, set: row })
}

/** The end of it: beside the last one of the same load, stored with its event. */
async function keep(
  { id, subject, target, settings, still }: Running,
  { error, model, ...shown }: Measured,
  ctx: MeasureContext,
): Promise<Card> {
  const { place } = target
  const endedAt = ctx.now()
  const earlier = shown.metrics.length > 0 ? await earlierOne(await ctx.db(), { place, id, settings }) : undefined
  const when = earlier && shortTime(earlier.at.toISOString())
  // Stored as it may be shown: names and refusals of an endpoint are its own words
  const card: Card = ctx.redact({
    ...still,
    ...shown,
    ...(earlier?.sameLoad && { metrics: compared(shown.metrics, earlier.metrics) }),
    ...(earlier && {
      comparison: earlier.sameLoad
        ? `Compared with the test of ${when} under the same load`
        : `Not compared: the last test (${when}) had another load`,
    }),
    endedAt: endedAt.toISOString(),
  })
  return ctx.commit(async (tx) => {
    const state = card.state === 'succeeded' ? ('succeeded' as const) : ('failed' as const)
    await tx
      .update(deploymentTests)
      .set({
        state,
        result: card,
        message: state === 'failed' ? ctx.redact(error?.message ?? card.verdict) : null,
        endedAt,
        ...(model !== undefined && { model: ctx.redact(model) }),
      })
      .where(eq(deploymentTests.id, id))
    const event = { name: 'deployment.measured', subject, data: { ...patchOf(card) } }
    return { value: card, events: [{ ...event, ...(place.cluster !== '' && { cluster: place.cluster }) }] }
  })
}

/** Tries and measures it, shown while it runs. Whatever becomes of it is stored. */
export async function runMeasurement(input: MeasureInput, ctx: MeasureContext) {
  const settings = settingsOf(input)
  const target = await findTarget(input, ctx)
  const id = ctx.idempotencyKey
  const subject = measurementSubject(target.place, id)
  const startedAt = ctx.now()
  const still: Still = {
    title: `Test of ${target.title}`,
    settings: settingsFacts(settings),
    startedAt: startedAt.toISOString(),
  }
  const running: Running = { id, subject, target, settings, still }
  let shown = firstLook(startedAt)
  await begin(running, ctx)
  await ctx.show({ data: { ...still, ...shown }, subject })

  const model = target.open()
  let toldMs = Number.NEGATIVE_INFINITY
  try {
    const measured = await measure({
      target,
      model,
      asked: input.model,
      settings,
      run: id,
      clock,
      now: ctx.now,
      deadline: () => AbortSignal.timeout(settings.seconds * 1000),
      signal: ctx.signal,
      redact: ctx.redact,
      show(now) {
        shown = now
        const nowMs = clock()
        if (nowMs - toldMs < showEveryMs) return
        toldMs = nowMs
        void ctx.announce([{ name: 'deployment.measured', subject, data: { ...patchOf({ ...still, ...now }) } }])
      },
    })
    const data = await keep(running, measured, ctx)
    const { cluster, namespace, name } = target.place
    const more = cluster === '' ? [] : [`get_deployment ${JSON.stringify({ cluster, namespace, name })}`]
    return { data, subject, next: measured.error ? [measured.error.options.next, ...more] : more }
  } catch (error) {
    const isStopped = ctx.signal.aborted || (isToolError(error) && error.code === 'cancelled')
    const verdict = isStopped ? 'It was stopped before its end' : 'It broke off'
    await keep(running, { ...shown, state: 'cancelled', tone: 'warn', verdict, percent: 100 }, ctx)
    throw error
  } finally {
    model.close()
  }
}
