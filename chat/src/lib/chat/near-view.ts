/** For an element: calls `come` when it is about to be scrolled into sight from above, in what `root` scrolls. */
export const nearView = (root: () => HTMLElement | undefined, come: () => void) => (element: HTMLElement) => {
  if (typeof IntersectionObserver === 'undefined') return
  const observer = new IntersectionObserver(
    ([entry]) => {
      if (entry?.isIntersecting) come()
    },
    { root: root(), rootMargin: '600px 0px 0px' },
  )
  observer.observe(element)
  return () => observer.disconnect()
}
