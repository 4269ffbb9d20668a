import type { StreamFetch } from './stream-fetch.ts'

/** A way that is opened by its first request: node:http costs 30 ms and 10 MB, which a process that measures nothing need not pay. */
export function laterFetch(open: () => Promise<StreamFetch>): StreamFetch {
  let opened: Promise<StreamFetch> | undefined
  const way = () => {
    opened ??= open()
    return opened
  }
  return {
    fetch: async (input, init) => (await way()).fetch(input, init),
    close: () => void opened?.then((one) => one.close()),
  }
}
