/** An alert at one moment, by whatever way it was heard of. */
export interface Sighting {
  fingerprint: string
  startsAt: Date
  /** There when it is over */
  endsAt?: Date
  labels: Record<string, string>
  annotations: Record<string, string>
  generatorUrl?: string
  /** Someone muted it: it fires all the same */
  suppressed?: 'silenced' | 'inhibited'
}

/** What is known of an episode, as far as it decides anything. */
export interface Known {
  fingerprint: string
  startsAt: Date
  endsAt: Date | null
  state: 'firing' | 'resolved'
  lastSeenAt: Date
}

export type Step =
  | { do: 'open'; startsAt: Date; sighting: Sighting }
  /** Ends an episode: a known one, or the one that was opened just before */
  | { do: 'close'; startsAt: Date; endsAt: Date }
  /** A better end of one that is over; nobody needs to hear of it */
  | { do: 'correct'; startsAt: Date; endsAt: Date }

export interface Look {
  source: 'poll' | 'webhook'
  /** When the question was sent or the webhook came in: what is known since is newer */
  at: Date
}

/** A notification may be older than what a poll said since, by its waiting and by its repeats; a poll this much later is not. */
const reopensAfterMs = 30_000

const latest = (dates: readonly Date[]) => new Date(Math.max(...dates.map((date) => date.getTime())))

/**
 * What a sighting means for the episodes of its fingerprint (of one cluster). Episodes of a fingerprint do not overlap: an earlier
 * start than that of one which fires is the same one, as a second Prometheus saw it; a later start ends it. One that is over stays
 * over; if a poll still finds it long after, it fires again, as an episode of its own.
 */
export function stepsOf(known: readonly Known[], sighting: Sighting, look: Look): Step[] {
  return sighting.endsAt === undefined ? whenFiring(known, sighting, look) : whenOver(known, sighting, sighting.endsAt)
}

function whenFiring(known: readonly Known[], sighting: Sighting, { source, at }: Look): Step[] {
  const { startsAt } = sighting
  const open = known.find(({ state }) => state === 'firing')
  if (open && startsAt <= open.startsAt) return []
  if (open)
    return [
      { do: 'close', startsAt: open.startsAt, endsAt: startsAt },
      { do: 'open', startsAt, sighting },
    ]
  const over = known.filter((one) => one.startsAt >= startsAt)
  if (over.length === 0) return [{ do: 'open', startsAt, sighting }]
  const heardMs = latest(over.map(({ lastSeenAt }) => lastSeenAt)).getTime()
  const again = source === 'poll' && at.getTime() >= heardMs + reopensAfterMs
  return again ? [{ do: 'open', startsAt: latest([at, ...over.map((one) => one.startsAt)]), sighting }] : []
}

function whenOver(known: readonly Known[], sighting: Sighting, end: Date): Step[] {
  const { startsAt } = sighting
  const endsAt = latest([startsAt, end])
  const exact = known.find((one) => one.startsAt.getTime() === startsAt.getTime())
  if (exact?.state === 'firing') return [{ do: 'close', startsAt, endsAt }]
  if (exact) return exact.endsAt && endsAt < exact.endsAt ? [{ do: 'correct', startsAt, endsAt }] : []
  // it began earlier than we knew
  const same = known.find((one) => one.startsAt > startsAt && one.startsAt < endsAt)
  if (same) return same.state === 'firing' ? [{ do: 'close', startsAt: same.startsAt, endsAt }] : []
  const open = known.find((one) => one.state === 'firing' && one.startsAt < startsAt)
  return [
    ...(open ? [{ do: 'close' as const, startsAt: open.startsAt, endsAt: startsAt }] : []),
    { do: 'open', startsAt, sighting },
    { do: 'close', startsAt, endsAt },
  ]
}
