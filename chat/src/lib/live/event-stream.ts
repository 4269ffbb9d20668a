import type { EventSourceLike } from './connection.ts'

/**
 * Server-sent events read by fetch. The browser's own EventSource hands out named events only to who knows their names, and
 * ours carry the name of what happened.
 */
export function openEventStream(url: string, get: typeof fetch = fetch): EventSourceLike {
  const stop = new AbortController()
  const source: EventSourceLike = { onmessage: null, onerror: null, close: () => stop.abort() }
  void (async () => {
    const response = await get(url, { signal: stop.signal, headers: { accept: 'text/event-stream' } })
    if (!response.ok || !response.body) throw new Error(`events: ${response.status}`)
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const blocks = (rest + value).split(/\r?\n\r?\n/)
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = block
          .split(/\r?\n/)
          .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trimStart()] : []))
          .join('\n')
        if (data) source.onmessage?.({ data } as MessageEvent)
      }
    }
  })()
    .catch(() => undefined)
    .finally(() => {
      if (!stop.signal.aborted) source.onerror?.(undefined as never)
    })
  return source
}
