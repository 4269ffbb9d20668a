import type { Place } from './arguments.ts'
import { END_NAMES, SPAN_NAMES, SPAN_UNITS, START_NAMES, STEP_NAMES, type Wants } from './concepts.ts'
import { fitTo } from './fit.ts'

/**
 * Where the time range and the step of a question go. A span ("since", "rangeMinutes") is preferred to absolute times,
 * so that the card of the answer can be refreshed. Texts take Prometheus durations (`1h`) and RFC 3339; numbers take the
 * unit that the name ends in, seconds otherwise.
 */
export function timeArguments(places: Place[], wants: Wants, nowMs: number): { place: Place; value: unknown }[] {
  const top = places.filter((place) => place.path.length === 1 || /^(time|range|window)\./.test(place.name))
  const found: { place: Place; value: unknown }[] = []
  if (wants.stepSeconds !== undefined) {
    const place = named(top, STEP_NAMES)
    if (place) found.push({ place, value: spanValue(place, wants.stepSeconds) })
  }
  if (wants.sinceSeconds === undefined) return found
  const span = top.find(
    (place) => spanUnit(place.name) !== undefined && spanValue(place, wants.sinceSeconds!) !== undefined,
  )
  if (span) return [...found, { place: span, value: spanValue(span, wants.sinceSeconds) }]
  const start = named(top, START_NAMES)
  const end = named(top, END_NAMES)
  if (start) found.push({ place: start, value: instant(start, nowMs - wants.sinceSeconds * 1000) })
  if (start && end) found.push({ place: end, value: instant(end, nowMs) })
  return found
}

function named(places: Place[], names: string[]): Place | undefined {
  return names.map((name) => places.find((place) => last(place.name) === name)).find((place) => place !== undefined)
}

const last = (name: string) => name.slice(name.lastIndexOf('.') + 1)

/** Seconds in one unit of a span property, 1 where the name has no unit, undefined where it is no span. */
function spanUnit(name: string): number | undefined {
  const bare = last(name)
  if (SPAN_NAMES.includes(bare)) return 1
  for (const [unit, seconds] of Object.entries(SPAN_UNITS)) {
    if (bare === unit && unit.length > 2) return seconds
    if (SPAN_NAMES.some((span) => bare === span + unit)) return seconds
  }
  return undefined
}

function spanValue(place: Place, seconds: number): unknown {
  const unit = /ms$|millis$/.test(place.name) ? 0.001 : (spanUnit(place.name) ?? 1)
  return [duration(seconds), Math.max(1, Math.round(seconds / unit)), `${seconds}`].find(
    (form) => fitTo(place.schema, form) !== undefined,
  )
}

/** A Prometheus duration: 90 -> "90s", 3600 -> "1h", 604800 -> "7d". */
export function duration(seconds: number): string {
  const unit = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ].find(([, size]) => seconds >= Number(size) && seconds % Number(size) === 0)
  if (!unit || seconds === 60) return `${seconds}s`
  return unit[0] === 'd' && seconds < 2 * 86_400 ? `${seconds / 3600}h` : `${seconds / Number(unit[1])}${unit[0]}`
}

function instant(place: Place, atMs: number): unknown {
  const wantsMs = /ms$/i.test(place.name) || /millisecond/i.test(place.schema.description ?? '')
  const forms = [new Date(atMs).toISOString(), wantsMs ? Math.round(atMs) : Math.round(atMs / 1000)]
  return forms.find((form) => fitTo(place.schema, form) !== undefined)
}
