import type { Dashboard, PinnedCard } from './types.ts'

/** What the server said no to, in its words. */
export interface Refused {
  code: string
  message: string
  next: string
  /** The dashboard as it is now, where another was saved meanwhile */
  current?: Dashboard
}

export type Outcome<T> = { value: T; refused?: never } | { value?: never; refused: Refused }

const path = (id = '') => `/api/v1/chat/dashboards${id && `/${encodeURIComponent(id)}`}`

async function call<T>(method: string, address: string, body?: object): Promise<Outcome<T>> {
  try {
    const response = await fetch(address, {
      method,
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json', 'x-quartermaster': '1' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (response.status === 204) return { value: undefined as T }
    const read = (await response.json()) as T & { error?: Refused & { details?: { current?: Dashboard } } }
    if (!read.error) return { value: read }
    const { details, ...error } = read.error
    return { refused: { ...error, ...(details?.current && { current: details.current }) } }
  } catch {
    return { refused: { code: 'internal', message: 'The server does not answer.', next: 'Try again in a moment.' } }
  }
}

export const listDashboards = () => call<{ dashboards: Dashboard[] }>('GET', path())
export const loadDashboard = (id: string) => call<Dashboard>('GET', path(id))
export const makeDashboard = (given: { id?: string; title: string; shared?: boolean; cards: PinnedCard[] }) =>
  call<Dashboard>('POST', path(), given)
export const saveDashboard = (
  id: string,
  change: { version: number; title?: string; shared?: boolean; cards?: PinnedCard[] },
) => call<Dashboard>('PUT', path(id), change)
export const removeDashboard = (id: string) => call<undefined>('DELETE', path(id))

export interface ListedTool {
  name: string
  title: string
  about: string
  domain: string
  risk: 'read' | 'change' | 'danger'
  forAgents: boolean
  arguments: string[]
  /** What a model reads of it before it calls */
  characters: number
}

let catalogue: Promise<ListedTool[] | undefined> | undefined

/** Every tool this person may call; asked once for a page. Undefined where it cannot be read now. */
export function listTools(): Promise<ListedTool[] | undefined> {
  catalogue ??= call<{ tools: ListedTool[] }>('GET', '/api/v1/catalogue').then(({ value }) => {
    if (!value) catalogue = undefined
    return value?.tools
  })
  return catalogue
}
