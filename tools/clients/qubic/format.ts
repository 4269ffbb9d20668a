import type { QubicFormat } from './types.ts'

/** The identity check of @qubic.ts/core (K12 checksum), upper case only: the library alone also takes lower case, which is a transaction id. */
export async function loadQubicFormat(): Promise<QubicFormat> {
  const { verifyIdentity } = await import('@qubic.ts/core')
  return { isIdentity: (text) => /^[A-Z]{60}$/.test(text) && verifyIdentity(text) }
}
