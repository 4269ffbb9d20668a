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
