type Delta = { tool_calls?: unknown; function_call?: unknown }

/**
 * Endpoints that call themselves OpenAI-compatible send calls without ids, with arguments as objects or all in one
 * piece. This makes a line of such a stream what the provider reads; a line without calls stays as it is.
 */
export function callRepair(newId: () => string = () => crypto.randomUUID()): (line: string) => string {
  const ids = new Map<number, string>()
  return (line) => {
    if (!line.startsWith('data:') || !line.includes('tool_calls')) return line
    try {
      const body = JSON.parse(line.slice(5)) as { choices?: { delta?: Delta; message?: Delta }[] }
      for (const { delta } of body.choices ?? []) if (delta) fixDelta(delta, { ids, newId })
      return `data: ${JSON.stringify(body)}`
    } catch {
      return line
    }
  }
}

/** The same for the bytes of a stream. */
export function repairCalls(): TransformStream<Uint8Array, Uint8Array> {
  let held: Buffer = Buffer.alloc(0)
  const repair = callRepair()
  const send = (controller: TransformStreamDefaultController<Uint8Array>, block: Buffer) => {
    controller.enqueue(
      block.includes('tool_calls') ? Buffer.from(block.toString('utf8').split('\n').map(repair).join('\n')) : block,
    )
  }
  return new TransformStream({
    transform(piece, controller) {
      const all =
        held.length > 0 ? Buffer.concat([held, piece]) : Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      const end = all.lastIndexOf(10) + 1
      held = Buffer.from(all.subarray(end))
      if (end > 0) send(controller, all.subarray(0, end))
    },
    flush(controller) {
      if (held.length > 0) send(controller, held)
    },
  })
}

function fixDelta(delta: Delta, { ids, newId }: { ids: Map<number, string>; newId: () => string }) {
  if (!Array.isArray(delta.tool_calls)) {
    if (delta.tool_calls !== undefined) delete delta.tool_calls
    return
  }
  delta.tool_calls.forEach((call: Record<string, unknown>, position: number) => {
    if (typeof call.index !== 'number') call.index = position
    const index = call.index as number
    const { function: called } = call as { function?: { name?: unknown; arguments?: unknown } }
    if (typeof call.id === 'string' && call.id !== '') ids.set(index, call.id)
    else if (typeof called?.name === 'string' && called.name !== '' && !ids.has(index)) {
      call.id = `call-${newId()}`
      ids.set(index, call.id as string)
    } else delete call.id
    if (called && called.arguments !== undefined && typeof called.arguments !== 'string')
      called.arguments = called.arguments === null ? '' : JSON.stringify(called.arguments)
    if (called && called.name === null) delete called.name
  })
}
