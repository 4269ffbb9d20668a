// What jsdom lacks and components need only to exist: nothing is measured and nothing is live in these tests.
class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}
class QuietSocket {
  send() {}
  close() {}
}
Object.assign(globalThis, {
  ResizeObserver: Observer,
  WebSocket: QuietSocket,
  matchMedia: () => ({ matches: false, addEventListener() {}, removeEventListener() {} }),
})

// jsdom has no canvas: charts draw into one that keeps nothing.
const nothing = () => undefined
HTMLCanvasElement.prototype.getContext = function getContext(this: HTMLCanvasElement) {
  const context: Record<string | symbol, unknown> = { canvas: this, measureText: () => ({ width: 0 }) }
  return new Proxy(context, {
    get: (own, name) => (name in own ? own[name] : nothing),
    set: (own, name, value) => {
      own[name] = value
      return true
    },
  })
} as unknown as typeof HTMLCanvasElement.prototype.getContext
Object.assign(globalThis, {
  Path2D: class {
    constructor() {
      // biome-ignore lint/correctness/noConstructorReturn: whatever is drawn goes nowhere
      return new Proxy(this, { get: () => nothing })
    }
  },
})
