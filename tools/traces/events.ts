import { traceRow } from './search-rows.ts'

/** A trace with an error that was not seen before (TRC-009): the row of search_traces. */
export const traceReceived = traceRow
export const traceSubject = ({ id }: { id: string }): string => `traces/trace/${id}`
export const everyTrace = 'traces/trace/*'
