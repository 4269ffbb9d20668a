/** A next step as a button: what it says, and what is asked when it is pressed. */
export interface NextStep {
  label: string
  ask: string
}

/** `list_deployments {"clusters":["gpu-east"]}` reads "List deployments: gpu-east"; questions stay as they are. */
export function nextStep(text: string): NextStep {
  const call = /^([a-z]+(?:_[a-z]+)+)\s*(\{.*\})?$/s.exec(text.trim())
  if (!call) return { label: text, ask: text }
  const [, name = '', json] = call
  const words = name.replaceAll('_', ' ')
  const label = words.charAt(0).toUpperCase() + words.slice(1)
  const values = json ? valuesOf(json) : ''
  return { label: values ? `${label}: ${values}` : label, ask: `${label}${json ? ` ${json}` : ''}` }
}

function valuesOf(json: string): string {
  try {
    return Object.values(JSON.parse(json) as object)
      .flat()
      .filter((value) => typeof value === 'string' || typeof value === 'number')
      .join(', ')
  } catch {
    return ''
  }
}
