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
 * What one screen needs, in few files: on a slow network each file costs its way there and back, and a browser asks for six at a
 * time. A part is what all of its screens load, a screen being the modules it begins with. Parts in the order in which they
 * build on each other: what a later one shares with an earlier one is in the earlier.
 */
export function fewFiles(parts: Record<string, readonly (readonly string[])[]>) {
  const names = Object.keys(parts)
  return names.map((part, index) => {
    let screens: Set<string>[] | undefined
    return {
      debugName: part,
      priority: names.length - index,
      name: (id: string, graph: Graph): string | null => {
        screens ??= parts[part]!.map((begin) => loadedWith(begin, graph))
        return screens.every((screen) => screen.has(id)) ? part : null
      },
      // The entries of the pages stay what they are
      test: (id: string) => !/\.css|\/generated\/|\/runtime\/client\/(entry|client-entry|payload)\.js/.test(id),
    }
  })
}
