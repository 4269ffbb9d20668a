import type { Plan } from '#contract'
import { loadNow } from './busy.ts'
import { type MeasureInput, settingsOf } from './input.ts'
import { boundOf, settingsFacts, triesBefore, warmUpOf } from './settings.ts'
import { findTarget, type MeasureContext, servedName } from './target.ts'

/** What a test would do, with its bound. Throws where the endpoint does not even list its models: nobody is asked about that. */
export async function planMeasurement(input: MeasureInput, ctx: MeasureContext): Promise<Plan> {
  const settings = settingsOf(input)
  const target = await findTarget(input, ctx)
  const model = target.open()
  try {
    const listed = await model.models({ timeoutMs: 5_000, signal: ctx.signal })
    const name = servedName(listed, target, input.model)
    const busy = await loadNow(name, target, ctx)
    return {
      summary: `Test ${name} on ${target.title}: ${boundOf(settings)}`,
      verb: `Test ${target.place.cluster === '' ? target.title : target.place.name}`,
      ...(target.place.cluster !== '' && { cluster: target.place.cluster }),
      steps: [
        { verb: 'Ask', target: target.endpoint, detail: `models, one answer, one stream (${triesBefore} requests)` },
        { verb: 'Warm up', target: `${warmUpOf(settings)} requests, not measured` },
        {
          verb: 'Measure',
          target: `${settings.requests} requests, ${settings.concurrency} at once`,
          detail: `it ends by itself: after ${settings.seconds} s, or where the endpoint refuses`,
        },
      ],
      checks: [
        { label: 'It lists its models', state: 'pass', detail: `${listed.length}, ${name} among them` },
        ...(target.isProduction
          ? [
              {
                label: 'Production',
                state: 'warn' as const,
                detail: 'its users share the GPUs with this load while it runs',
              },
            ]
          : []),
        ...(busy ? [busy] : []),
        ...(target.deployment && target.deployment.phase !== 'running'
          ? [{ label: 'Phase', state: 'warn' as const, detail: target.deployment.phase }]
          : []),
      ],
      impact: settingsFacts(settings),
      rollback: 'Nothing is changed: the load ends by itself',
      guard: {
        endpoint: target.endpoint,
        deployment: target.deployment?.uid ?? target.place.name,
        model: name,
        bound: boundOf(settings),
      },
    }
  } finally {
    model.close()
  }
}
