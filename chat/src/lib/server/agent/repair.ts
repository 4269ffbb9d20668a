/** Closes what a cut or sloppy JSON text left open. Undefined where nothing sensible comes out. */
export function repairJson(text: string): Record<string, unknown> | undefined {
  const start = text.indexOf('{')
  if (start < 0) return text.trim() === '' ? {} : undefined
  const body = text.slice(start).replace(/```\s*$/, '')
  for (const candidate of [
    body,
    dropTrailing(body),
    quoteKeys(dropTrailing(body)),
    close(dropTrailing(body)),
    close(quoteKeys(body)),
  ]) {
    const value = parse(candidate)
    if (value) return value
  }
  return undefined
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

const dropTrailing = (text: string) => text.replace(/,\s*([}\]])/g, '$1')

const quoteKeys = (text: string) =>
  text.replace(/([{,]\s*)'?([A-Za-z_]\w*)'?\s*:/g, '$1"$2":').replace(/:\s*'([^']*)'/g, ':"$1"')

function close(text: string): string {
  const open: string[] = []
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const char = text[index]
    if (inString) {
      if (char === '\\') index++
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{') open.push('}')
    else if (char === '[') open.push(']')
    else if (char === '}' || char === ']') open.pop()
  }
  const ended = inString ? `${text}"` : text.replace(/[,:]\s*$/, '')
  return ended + open.reverse().join('')
}

/**
 * What a call that cannot be made as it is most likely meant: the offered tool of nearly that name, else the same call
 * through run_tool, whose answer says what is there and what the persona may do. Undefined where the arguments are no
 * JSON or nothing is left to try.
 */
export function repairCall(
  call: { toolName: string; input: string },
  offered: readonly string[],
): { toolName: string; input: string } | undefined {
  const fixed = repairJson(call.input)
  if (!fixed) return undefined
  const toolName = offered.includes(call.toolName) ? call.toolName : closestTool(call.toolName, offered)
  if (toolName !== undefined) return { toolName, input: JSON.stringify(fixed) }
  if (!offered.includes('run_tool')) return undefined
  return { toolName: 'run_tool', input: JSON.stringify({ name: call.toolName, input: fixed }) }
}

/** The offered tool that an unknown name most likely meant: same letters, other case or separators. */
export function closestTool(name: string, offered: readonly string[]): string | undefined {
  const flat = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const wanted = flat(name.split(/[./:]/).pop() ?? name)
  return offered.find((candidate) => flat(candidate) === wanted)
}
