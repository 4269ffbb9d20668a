import type { Fact, Plan } from '#contract'

type Money = NonNullable<Plan['costPerHour']>

/** What several plans do together. */
export interface Together {
  facts: Fact[]
  /** One amount an hour for each currency, in its smallest unit; never one for two currencies */
  costs: Money[]
}

/** What is left or stands somewhere is no amount that adds up over plans. */
const levels = /\b(free|left|remaining|after|afterwards|now|ready|available|idle since)\b/i
/** "4", "+2", "1,024 GiB", "1 → 3" */
const amount = /^([+−-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:\s+([^\d\s].*))?$/

interface Figure {
  sign: boolean
  /** Times 10^digits */
  value: bigint
  digits: number
  unit: string
}

function figureOf(text: string): Figure | undefined {
  const found = amount.exec(text.trim())
  if (!found) return undefined
  const [, sign = '', whole = '0', part = '', unit = ''] = found
  const value = BigInt(whole.replaceAll(',', '') + part)
  return { sign: sign !== '', value: sign === '' || sign === '+' ? value : -value, digits: part.length, unit }
}

function add(one: Figure, other: Figure): Figure {
  const digits = Math.max(one.digits, other.digits)
  const scaled = ({ value, digits: own }: Figure) => value * 10n ** BigInt(digits - own)
  return { ...one, digits, value: scaled(one) + scaled(other) }
}

function words({ sign, value, digits, unit }: Figure): string {
  const size = (value < 0n ? -value : value).toString().padStart(digits + 1, '0')
  const whole = size.slice(0, size.length - digits).replace(/\B(?=(\d{3})+$)/g, ',')
  const part = digits > 0 ? `.${size.slice(-digits)}` : ''
  return `${value < 0n ? '−' : sign ? '+' : ''}${whole}${part}${unit && ` ${unit}`}`
}

/** "1 → 3" is two figures, "8" is one; undefined where it is words. */
function figuresOf(value: string): Figure[] | undefined {
  const parts = value.split('→').map(figureOf)
  return parts.length <= 2 && parts.every((part) => part !== undefined) ? parts : undefined
}

/**
 * The figures of several plans added up: the same label, the same unit, the same form ("8" and "1 → 3" stay apart). What is no
 * figure, or says how something stands, is left out: each row has it. Money is added for each currency on its own.
 */
export function sumOfPlans(plans: readonly Plan[]): Together {
  const sums = new Map<string, { label: string; figures: Figure[]; tone?: Fact['tone'] }>()
  for (const { label, value, tone } of plans.flatMap(({ impact }) => impact)) {
    const figures = levels.test(label) ? undefined : figuresOf(value)
    if (!figures) continue
    const key = JSON.stringify([label, figures.map(({ sign, unit }) => [sign, unit])])
    const known = sums.get(key)
    const worst = [known?.tone, tone].find((one) => one === 'bad') ?? known?.tone ?? tone
    sums.set(key, {
      label,
      figures: known ? figures.map((figure, at) => add(known.figures[at] as Figure, figure)) : figures,
      ...(worst && { tone: worst }),
    })
  }
  const costs = new Map<Money['currency'], number>()
  for (const { costPerHour } of plans)
    if (costPerHour) costs.set(costPerHour.currency, (costs.get(costPerHour.currency) ?? 0) + costPerHour.amount)
  return {
    facts: [...sums.values()].map(({ label, figures, tone }) => ({
      label,
      value: figures.map(words).join(' → '),
      ...(tone && { tone }),
    })),
    costs: [...costs].map(([currency, sum]) => ({ currency, amount: sum })),
  }
}
