import { goto } from '$app/navigation'
import { page } from '$app/state'

/** Filters in the address of the page: they can be kept, sent and gone back to. An empty value takes one away. */
export function setFilters(values: Record<string, string>): void {
  const search = new URLSearchParams(page.url.search)
  for (const [key, value] of Object.entries(values)) {
    if (value) search.set(key, value)
    else search.delete(key)
  }
  void goto(`${page.url.pathname}${search.size > 0 ? `?${search}` : ''}`, { replace: true, reset: false })
}

export const setFilter = (key: string, value: string): void => setFilters({ [key]: value })
