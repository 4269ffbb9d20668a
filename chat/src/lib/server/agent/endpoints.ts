import type { ModelEndpoint } from '../host.ts'

/** The endpoint a conversation chose, by its name or the name of its model, and then the others in their order. */
export function chosenFirst(endpoints: readonly ModelEndpoint[], chosen: string | undefined): ModelEndpoint[] {
  const first =
    chosen === undefined
      ? undefined
      : (endpoints.find(({ name }) => name === chosen) ?? endpoints.find(({ model }) => model === chosen))
  return first ? [first, ...endpoints.filter((one) => one !== first)] : [...endpoints]
}
