import type { RangeMode } from './types.ts'

/** Binary operators on two numbers. */

/** Go's `math.Pow` differs from JavaScript's in that 1 to any power is 1, and -1 to an infinite one. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1
  return base ** exponent
}

export const arithmetic: Record<string, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': power,
  atan2: Math.atan2,
}

export const comparison: Record<string, (left: number, right: number) => boolean> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
}

/**
 * What an operator makes of two samples: a number, or undefined where a comparison filters the sample out. A
 * comparison that keeps a sample keeps `kept`, which is the left value, or the vector's beside a scalar.
 */
export function combine(op: string, bool: boolean, [left, right, kept]: [number, number, number]): number | undefined {
  const compare = comparison[op]
  if (!compare) return arithmetic[op]?.(left, right)
  const holds = compare(left, right)
  if (bool) return holds ? 1 : 0
  return holds ? kept : undefined
}

/** 2.x forgot `atan2` here. */
export const dropsName = (op: string, bool: boolean, mode: RangeMode) =>
  bool || (op in arithmetic && (op !== 'atan2' || mode === '3'))
