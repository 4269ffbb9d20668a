export interface DayWords {
  today: string
  yesterday: string
  /** Locale of other days, for example `en-US` */
  dates: string
}

/** Conversations grouped by the day of their last message, newest first. */
export function byDay<T extends { lastActiveAt: string }>(
  items: readonly T[],
  now: number,
  words: DayWords,
): { label: string; items: T[] }[] {
  const groups: { label: string; items: T[] }[] = []
  for (const item of items) {
    const label = dayOf(item.lastActiveAt, now, words)
    const last = groups.at(-1)
    if (last?.label === label) last.items.push(item)
    else groups.push({ label, items: [item] })
  }
  return groups
}

function dayOf(iso: string, now: number, words: DayWords): string {
  const then = new Date(iso)
  const days = Math.round((startOfDay(now) - startOfDay(then.getTime())) / 86_400_000)
  if (days <= 0) return words.today
  if (days === 1) return words.yesterday
  return then.toLocaleDateString(words.dates, { weekday: 'long', month: 'short', day: 'numeric' })
}

const startOfDay = (time: number) => new Date(time).setHours(0, 0, 0, 0)
