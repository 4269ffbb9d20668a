/** `gpuModel` reads "gpu model". */
const wordsOf = (key: string) =>
  key
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()

const spoken = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(spoken).join(', ')
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, one]) => `${wordsOf(key)} ${spoken(one)}`)
          .join(', ')
      : String(value)

/** The arguments of a call as people say them: "clusters gpu-east; status ready". Empty when it has none. */
export const argumentsInWords = (input: unknown): string =>
  typeof input === 'object' && input !== null && !Array.isArray(input)
    ? Object.entries(input)
        .filter(([, value]) => value !== undefined && value !== null && value !== '')
        .map(([key, value]) => `${wordsOf(key)} ${spoken(value)}`)
        .join('; ')
    : ''
