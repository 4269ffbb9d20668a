const silentMs = 40_000

/**
 * `fetch` for streams that end for sure: one on which nothing comes for 40 s (the server says something every 15 s) breaks off as a
 * lost connection does. Some networks and proxies let a connection die without a word.
 */
export function watchedFetch(onStatus: (status: number) => void): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    onStatus(response.status)
    // Chromium gives an answer without content a body as well, and then refuses to make one of it
    if (!response.ok || response.status === 204 || !response.body) return response
    let timer: ReturnType<typeof setTimeout> | undefined
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => rearm(controller),
      transform(bytes, controller) {
        rearm(controller)
        controller.enqueue(bytes)
      },
      flush: () => clearTimeout(timer),
    })
    function rearm(controller: TransformStreamDefaultController<Uint8Array>) {
      clearTimeout(timer)
      timer = setTimeout(() => controller.error(new TypeError('network error: nothing came')), silentMs)
    }
    return new Response(response.body.pipeThrough(watched), { status: response.status, headers: response.headers })
  }
}
