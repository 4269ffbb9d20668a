import type { Answer, Fact, Tone } from '#contract'

export interface FleetFigures {
  online?: string
  all?: string
  use?: number
  critical?: string
  criticalTone?: Tone
  health?: string
}

/** Four figures out of the fleet's summary and the GPUs' one; what an answer does not say is left out (UIX-014). */
export function fleetFigures(summary: Answer | undefined, gpus: Answer | undefined): FleetFigures {
  const facts = (summary?.data?.facts ?? []) as Fact[]
  const fact = (label: string) => facts.find((one) => one.label === label)
  const count = /^\d+/.exec(String(summary?.data?.title ?? ''))?.[0]
  const critical = fact('critical alerts')
  const rows = (gpus?.data?.rows ?? []) as { gpus?: number; utilizationPercent?: number }[]
  const known = rows.filter(({ gpus: of, utilizationPercent }) => of && utilizationPercent !== undefined)
  const total = known.reduce((sum, row) => sum + row.gpus!, 0)
  const health = /^(\d+)/.exec(fact('average health')?.value ?? '')?.[1]
  return {
    ...(fact('online') && { online: fact('online')!.value }),
    ...(count && { all: count }),
    ...(critical && { critical: critical.value, ...(critical.tone && { criticalTone: critical.tone }) }),
    ...(total > 0 && { use: known.reduce((sum, row) => sum + row.gpus! * row.utilizationPercent!, 0) / total }),
    ...(health && { health }),
  }
}
