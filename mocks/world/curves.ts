import { unitOf } from './random.ts'

/** A rate that swings with the day and with shorter waves, and its exact integral: counters are integrals, so they never fall. */
export interface Curve {
  /** Per second. */
  at(atMs: number): number
  /** How much came together between two times. */
  between(fromMs: number, toMs: number): number
}

interface Wave {
  amplitude: number
  periodMs: number
  phase: number
}

const DAY_MS = 86_400_000

/** `swing` is the share of the base that the waves take together; below 1 the rate stays above zero. */
export function createCurve(key: string, base: number, swing = 0.7): Curve {
  const waves: Wave[] = [
    { amplitude: swing * 0.5, periodMs: DAY_MS, phase: unitOf(`${key}/day`) * 0.8 },
    { amplitude: swing * 0.3, periodMs: (35 + unitOf(`${key}/a`) * 50) * 60_000, phase: unitOf(`${key}/ap`) * 6.28 },
    { amplitude: swing * 0.2, periodMs: (7 + unitOf(`${key}/b`) * 9) * 60_000, phase: unitOf(`${key}/bp`) * 6.28 },
  ]
  // Asked millions of times when a long range is queried, hence the plain loops over numbers made beforehand.
  const omegas = waves.map((wave) => (2 * Math.PI) / wave.periodMs)
  const phases = waves.map((wave) => wave.phase)
  const amplitudes = waves.map((wave) => wave.amplitude)
  const areas = waves.map((wave, index) => wave.amplitude / omegas[index]!)
  let lastFromMs = Number.NaN
  let lastFrom = 0

  function primitive(atMs: number): number {
    let sum = atMs
    for (let index = 0; index < 3; index++) sum -= areas[index]! * Math.cos(omegas[index]! * atMs + phases[index]!)
    return sum
  }

  return {
    at(atMs) {
      let factor = 1
      for (let index = 0; index < 3; index++)
        factor += amplitudes[index]! * Math.sin(omegas[index]! * atMs + phases[index]!)
      return base * factor
    },
    between(fromMs, toMs) {
      if (toMs <= fromMs) return 0
      if (fromMs !== lastFromMs) {
        lastFromMs = fromMs
        lastFrom = primitive(fromMs)
      }
      return (base * (primitive(toMs) - lastFrom)) / 1000
    },
  }
}

/** Cumulative distribution of a log-normal with this median and spread. */
export function logNormal(median: number, spread: number): { below(value: number): number; mean: number } {
  return {
    below: (value) => (value <= 0 ? 0 : normalBelow((Math.log(value) - Math.log(median)) / spread)),
    mean: median * Math.exp((spread * spread) / 2),
  }
}

/** Abramowitz and Stegun 7.1.26: the normal distribution to about seven digits, rising throughout. */
function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * z)
  const tail =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-z * z)
  return x >= 0 ? 1 - tail / 2 : tail / 2
}
