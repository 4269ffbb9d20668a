import type { ValueType } from '../types.ts'

/** What each function takes and gives, after `promql/parser/functions.go`. */
export interface Signature {
  args: readonly ValueType[]
  /** How many further arguments of the last type may follow, or be left out: -1 means any number. */
  variadic: number
  returns: ValueType
}

const table = new Map<string, Signature>()

function declare(
  names: string,
  args: readonly ValueType[],
  extra: { variadic?: number; returns?: ValueType } = {},
): void {
  for (const name of names.split(' ')) {
    table.set(name, { args, variadic: extra.variadic ?? 0, returns: extra.returns ?? 'vector' })
  }
}

declare('abs ceil floor exp ln log2 log10 sqrt sgn absent sort sort_desc timestamp', ['vector'])
declare('sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad', ['vector'])
declare('rate irate increase delta idelta deriv changes resets', ['matrix'])
declare('sum_over_time avg_over_time min_over_time max_over_time count_over_time stddev_over_time', ['matrix'])
declare('stdvar_over_time last_over_time present_over_time absent_over_time', ['matrix'])
declare('quantile_over_time', ['scalar', 'matrix'])
declare('predict_linear', ['matrix', 'scalar'])
declare('clamp', ['vector', 'scalar', 'scalar'])
declare('clamp_min clamp_max', ['vector', 'scalar'])
declare('round', ['vector', 'scalar'], { variadic: 1 })
declare('day_of_month day_of_week day_of_year days_in_month hour minute month year', ['vector'], { variadic: 1 })
declare('histogram_quantile', ['scalar', 'vector'])
declare('label_replace', ['vector', 'string', 'string', 'string', 'string'])
declare('label_join', ['vector', 'string', 'string', 'string'], { variadic: -1 })
declare('scalar', ['vector'], { returns: 'scalar' })
declare('vector', ['scalar'])
declare('time pi', [], { returns: 'scalar' })

/** The signature of a function that this engine has, or undefined. */
export const signatureOf = (name: string) => table.get(name)
