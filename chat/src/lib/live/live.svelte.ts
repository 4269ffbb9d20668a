import { LiveConnection, type LiveState } from './connection.ts'
import { openEventStream } from './event-stream.ts'

/** The page's one live connection and how it stands. Opened by the first subscription, in the browser only. */
class PageLive {
  state = $state.raw<LiveState>('idle')
  #connection: LiveConnection | undefined

  get connection(): LiveConnection {
    this.#connection ??= new LiveConnection(
      {
        openSocket: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws`),
        openEventStream: (subjects, after) =>
          openEventStream(
            `/api/v1/streaming/events?subjects=${encodeURIComponent(subjects.join(','))}${after === undefined ? '' : `&after=${after}`}`,
          ),
        setTimer: (work, ms) => setTimeout(work, ms),
        clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
      },
      (state) => {
        this.state = state
      },
    )
    return this.#connection
  }
}

export const live = new PageLive()
