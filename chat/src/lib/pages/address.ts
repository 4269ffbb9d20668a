import { goto } from '$app/navigation'
import { page } from '$app/state'

/** A filter in the address of the page: it can be kept, sent and gone back to. An empty value takes it away. */
export function setFilter(key: string, value: string): void {
  const search = new URLSearchParams(page.url.search)
  if (value) search.set(key, value)
  else search.delete(key)
  void goto(`${page.url.pathname}${search.size > 0 ? `?${search}` : ''}`, { replace: true, reset: false })
}
