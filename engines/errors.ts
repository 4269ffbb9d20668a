/** The engine cannot be had on this machine; `message` says why and what to install. Callers skip loudly instead of failing. */
export class EngineUnavailable extends Error {
  override name = 'EngineUnavailable'
}
