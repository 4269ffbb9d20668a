interface Graph {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null
}

/** All that these modules import when they are loaded, themselves included. */
function loadedWith(roots: readonly string[], graph: Graph): Set<string> {
  const found = new Set<string>()
  const due = [...roots]
  for (let id = due.pop(); id !== undefined; id = due.pop()) {
    if (found.has(id)) continue
    found.add(id)
    due.push(...(graph.getModuleInfo(id)?.importedIds ?? []))
  }
  return found
}

/**
 * What one screen needs, in one file: on a slow network each file costs its way there and back, and a browser asks for six at a
 * time. `parts` in the order in which screens build on each other; what a later one shares with an earlier one is in the earlier.
 */
export function fewFiles(parts: Record<string, readonly string[]>) {
  const names = Object.keys(parts)
  return names.map((part, index) => {
    let modules: Set<string> | undefined
    return {
      debugName: part,
      priority: names.length - index,
      name: (id: string, graph: Graph): string | null => {
        modules ??= loadedWith(parts[part]!, graph)
        return modules.has(id) ? part : null
      },
      // The entries of the pages stay what they are
      test: (id: string) => !/\.css|\/generated\/|\/runtime\/client\/(entry|client-entry|payload)\.js/.test(id),
    }
  })
}
