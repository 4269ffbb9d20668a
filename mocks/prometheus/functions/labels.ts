import { newCollector } from '../collect.ts'
import { type Environment, stringOf, vectorOf } from '../environment.ts'
import { isLabelName, setLabel } from '../labels.ts'
import { anchoredRegex, expandTemplate } from '../regex.ts'
import { type Expr, executionError, type Labels, type Series } from '../types.ts'

/** `label_replace` and `label_join`. In 3.x any non-empty UTF-8 text names a label; 2.x keeps to the classic letters. */

function checkName(name: string, environment: Environment, what: string): void {
  const valid = environment.query.storage.mode === '3' ? name !== '' : isLabelName(name)
  if (!valid) throw executionError(`invalid ${what}: ${name}`)
}

function regexOf(source: string, environment: Environment): RegExp {
  try {
    return anchoredRegex(source, environment.query.storage.mode === '3')
  } catch {
    throw executionError(`invalid regular expression in label_replace(): ${source}`)
  }
}

function relabelled(input: Series[], environment: Environment, relabel: (labels: Labels) => Labels): Series[] {
  const collector = newCollector(environment.grid.count)
  for (const { labels, values } of input) collector.addAll(relabel(labels), values)
  return collector.series()
}

export function labelReplace(args: Expr[], environment: Environment): Series[] {
  const [input, ...texts] = args as [Expr, Expr, Expr, Expr, Expr]
  const [target, template, source, pattern] = texts.map((arg) => stringOf(arg, environment)) as [
    string,
    string,
    string,
    string,
  ]
  const regex = regexOf(pattern, environment)
  checkName(target, environment, 'destination label name in label_replace()')
  return relabelled(vectorOf(input, environment), environment, (labels) => {
    const match = regex.exec(labels[source] ?? '')
    return match ? setLabel(labels, target, expandTemplate(template, match)) : labels
  })
}

export function labelJoin(args: Expr[], environment: Environment): Series[] {
  const [input, ...texts] = args as [Expr, ...Expr[]]
  const [target, separator, ...sources] = texts.map((arg) => stringOf(arg, environment)) as [
    string,
    string,
    ...string[],
  ]
  for (const source of sources) checkName(source, environment, 'source label name in label_join()')
  checkName(target, environment, 'destination label name in label_join()')
  return relabelled(vectorOf(input, environment), environment, (labels) =>
    setLabel(labels, target, sources.map((source) => labels[source] ?? '').join(separator)),
  )
}
