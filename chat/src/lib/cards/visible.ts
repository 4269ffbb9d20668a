/** Calls back once, when the element is on the screen or nearly so. The answer stops the watching. */
export function whenVisible(element: Element, onVisible: () => void): () => void {
  // Where nothing is laid out there is nothing to wait for
  if (typeof IntersectionObserver === 'undefined') return () => {}
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return
      observer.disconnect()
      onVisible()
    },
    { rootMargin: '200px' },
  )
  observer.observe(element)
  return () => observer.disconnect()
}
