/** Parts of a UTC date from Unix seconds. */

const date = (seconds: number) => new Date(Math.trunc(seconds) * 1000)
const dayMs = 86_400_000

function part(read: (date: Date) => number): (seconds: number) => number {
  return (seconds) => (Number.isFinite(seconds) ? read(date(seconds)) : Number.NaN)
}

export const dateParts: Record<string, (seconds: number) => number> = {
  minute: part((at) => at.getUTCMinutes()),
  hour: part((at) => at.getUTCHours()),
  day_of_week: part((at) => at.getUTCDay()),
  day_of_month: part((at) => at.getUTCDate()),
  day_of_year: part((at) => Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / dayMs) + 1),
  days_in_month: part((at) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate()),
  month: part((at) => at.getUTCMonth() + 1),
  year: part((at) => at.getUTCFullYear()),
}
