/** The moment in which every example was read. */
export const at = '2026-11-20T09:00:00.000Z'
export const minutesAgo = (minutes: number) => new Date(Date.parse(at) - minutes * 60_000).toISOString()
