type Json = Record<string, unknown>

export interface LiveSubject {
  /** What to subscribe to */
  pattern: string
  /** Whether a row of an event belongs to the list although it is not in it yet */
  takes(row: Json): boolean
}

/**
 * The subject of an answer. `alerts/alert/*` changes the rows that are there. With a filter behind it,
 * `alerts/alert/*?state=firing,silenced&cluster=gpu-east`, rows that pass are new ones.
 */
export function liveSubject(subject: string): LiveSubject {
  const at = subject.indexOf('?')
  if (at < 0) return { pattern: subject, takes: () => false }
  const wanted = [...new URLSearchParams(subject.slice(at + 1))].map(([key, values]) => ({
    key,
    values: values.split(','),
  }))
  return {
    pattern: subject.slice(0, at),
    takes: (row) => wanted.every(({ key, values }) => values.includes(String(row[key] ?? ''))),
  }
}
