let asked: Promise<ReadonlySet<string>> | undefined

async function load(): Promise<ReadonlySet<string>> {
  const response = await fetch('/api/v1/chat/read-tools')
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  const { tools } = (await response.json()) as { tools: string[] }
  return new Set(tools)
}

/** Whether a tool only reads, so that a link or a click may run it. Undefined when the server does not say. */
export async function isReadTool(tool: string): Promise<boolean | undefined> {
  asked ??= load()
  try {
    return (await asked).has(tool)
  } catch {
    asked = undefined
    return undefined
  }
}
