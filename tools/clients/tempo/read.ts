import type { Attributes, AttributeValue, Span, SpanKind, TraceSummary } from './types.ts'
import type { WireAttributes, WireFound, WireResourceSpans, WireSpan } from './wire.ts'

/** Milliseconds with microseconds behind the point: as much as a number holds of a time since 1970. */
const msOf = (nanoseconds: bigint): number => Number(nanoseconds / 1000n) / 1000
const durationMsOf = (nanoseconds: bigint): number => (nanoseconds > 0n ? Number(nanoseconds) / 1e6 : 0)

const isHex = (text: string, digits: number) => text.length === digits && /^[0-9a-f]+$/i.test(text)

/** OTLP's JSON has ids in hex, JSON made of protobuf in base64, searches without leading zeros. */
export function idOf(text: string | null | undefined, bytes: 8 | 16): string | undefined {
  if (!text) return undefined
  const digits = bytes * 2
  if (isHex(text, digits)) return allZero(text.toLowerCase())
  const raw = Buffer.from(text, 'base64')
  if (raw.length === bytes && text.length >= Math.ceil((bytes * 4) / 3)) return allZero(raw.toString('hex'))
  return /^[0-9a-f]+$/i.test(text) ? allZero(text.toLowerCase().padStart(digits, '0')) : text
}
const allZero = (id: string) => (/^0+$/.test(id) ? undefined : id)

type AnyValue = NonNullable<WireAttributes[number]['value']>

function readValue(value: AnyValue | null | undefined): AttributeValue {
  if (!value) return ''
  if (value.stringValue !== undefined) return value.stringValue
  if (value.boolValue !== undefined) return value.boolValue
  if (value.intValue !== undefined) return Number(value.intValue)
  if (value.doubleValue !== undefined) return Number(value.doubleValue)
  const list = (value.arrayValue as { values?: AnyValue[] } | undefined)?.values
  if (list) return list.map((one) => String(readValue(one))).join(', ')
  return value.kvlistValue === undefined ? '' : JSON.stringify(value.kvlistValue)
}

export const attributesOf = (list: WireAttributes): Attributes =>
  Object.fromEntries(list.map(({ key, value }) => [key, readValue(value)]))

const kinds: SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const kindOf = (code: number | string | null | undefined): SpanKind => {
  if (typeof code === 'number') return kinds[code] ?? 'unspecified'
  const word = (code ?? '').replace('SPAN_KIND_', '').toLowerCase() as SpanKind
  return kinds.includes(word) ? word : 'unspecified'
}

const statusOf = (code: number | string | null | undefined): Span['status'] =>
  code === 2 || code === 'STATUS_CODE_ERROR' ? 'error' : code === 1 || code === 'STATUS_CODE_OK' ? 'ok' : 'unset'

function spanOf(span: WireSpan, resource: Attributes): Span {
  const parentSpanId = idOf(span.parentSpanId, 8)
  const message = span.status?.message
  return {
    spanId: idOf(span.spanId, 8) ?? span.spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    name: span.name ?? '',
    service: String(resource['service.name'] ?? 'unknown'),
    kind: kindOf(span.kind),
    startMs: msOf(span.startTimeUnixNano),
    durationMs: durationMsOf(span.endTimeUnixNano - span.startTimeUnixNano),
    status: statusOf(span.status?.code),
    ...(message && { statusMessage: message }),
    attributes: attributesOf(span.attributes),
    resource,
    events: (span.events ?? []).map(({ name, timeUnixNano, attributes }) => ({
      name: name ?? '',
      atMs: msOf(timeUnixNano),
      attributes: attributesOf(attributes),
    })),
    links: (span.links ?? []).flatMap(({ traceId, spanId }) => {
      const ids = [idOf(traceId, 16), idOf(spanId, 8)] as const
      return ids[0] && ids[1] ? [{ traceId: ids[0], spanId: ids[1] }] : []
    }),
  }
}

/** All spans, each once (a span may lie in two blocks), in order of their start. */
export function spansOf(batches: WireResourceSpans): Span[] {
  const byId = new Map<string, Span>()
  for (const { resource, scopeSpans, instrumentationLibrarySpans } of batches) {
    const shared = attributesOf(resource?.attributes ?? [])
    for (const { spans } of [...(scopeSpans ?? []), ...(instrumentationLibrarySpans ?? [])])
      for (const wire of spans ?? []) {
        const span = spanOf(wire, shared)
        byId.set(`${span.spanId} ${span.kind} ${span.startMs}`, span)
      }
  }
  return [...byId.values()].sort((a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs)
}

export function summaryOf(found: WireFound): TraceSummary {
  const sets = found.spanSets ?? (found.spanSet ? [found.spanSet] : [])
  return {
    traceId: idOf(found.traceID, 16) ?? found.traceID,
    // Tempo's own words for a root that has not arrived
    ...(found.rootServiceName &&
      !found.rootServiceName.startsWith('<root span') && { rootService: found.rootServiceName }),
    ...(found.rootTraceName && { rootName: found.rootTraceName }),
    startMs: msOf(found.startTimeUnixNano),
    durationMs: found.durationMs ?? 0,
    services: Object.entries(found.serviceStats ?? {}).map(([name, { spanCount, errorCount }]) => ({
      name,
      spans: spanCount ?? 0,
      errors: errorCount ?? 0,
    })),
    matched: sets.flatMap(({ spans }) =>
      (spans ?? []).map(({ spanID, name, startTimeUnixNano, durationNanos, attributes }) => ({
        spanId: idOf(spanID, 8) ?? spanID,
        ...(name && { name }),
        startMs: msOf(startTimeUnixNano),
        durationMs: durationMsOf(durationNanos),
        attributes: attributesOf(attributes),
      })),
    ),
    matches: sets.reduce((sum, { matched, spans }) => sum + (matched ?? spans?.length ?? 0), 0),
  }
}
