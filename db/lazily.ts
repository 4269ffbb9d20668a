/**
 * Stands for an object that is made when it is first looked at. `target` decides what the stand-in can be: a function
 * for what is called, `{}` for the rest.
 */
export function lazily<T extends object>(target: object, make: () => T): T {
  let made: T | undefined
  const real = (): T => {
    made ??= make()
    return made
  }
  return new Proxy(target, {
    apply: (_, self, args) => Reflect.apply(real() as () => unknown, self, args),
    get: (_, key) => Reflect.get(real(), key),
    has: (_, key) => Reflect.has(real(), key),
    ownKeys: () => Reflect.ownKeys(real()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(real(), key),
    // `instanceof` of the stand-in answers as the real one does
    getPrototypeOf: () => Reflect.getPrototypeOf(real()),
  }) as T
}

/** A library of functions that is loaded when the first of them is called. */
export function library<T extends object>(load: () => T): T {
  const memberOf = (name: string | symbol) =>
    lazily(
      () => undefined,
      () => Reflect.get(load(), name) as object,
    )
  return new Proxy({}, { get: (_, name) => memberOf(name) }) as T
}
