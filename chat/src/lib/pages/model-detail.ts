/** The lists of get_model's record: `needs:` by kind of GPU and how it was worked out; each entry is one quoted line. */
export interface ModelDetail {
  needs: { gpu: string; words: string }[]
  method: string
}

const unquoted = (json: string): string => {
  try {
    return String(JSON.parse(json))
  } catch {
    return json
  }
}

export function detailOf(yaml: string): ModelDetail {
  const needs: ModelDetail['needs'] = []
  let method = ''
  let section = ''
  for (const line of yaml.split('\n')) {
    const [, indent, key = '', value = ''] = /^( *)(.+?):(?: (".*"))?$/.exec(line) ?? []
    if (indent === undefined) continue
    if (indent === '') section = key
    if (indent === '' && key === 'method') method = unquoted(value)
    if (indent !== '' && section === 'needs') needs.push({ gpu: key, words: unquoted(value) })
  }
  return { needs, method }
}
