import { identityFromPublicKey, k12 } from '@qubic.ts/core'
import { hexOf } from './random.ts'

/** World ticks are one second long, counted from the moment the world was made. */
export const FIRST_TICK = 21_400_000
export const EPOCH = 239

/** The tick of the chain at a time. */
export function tickAt(atMs: number, bootMs: number): number {
  return FIRST_TICK + Math.floor((atMs - bootMs) / 1000)
}

/** A well-formed identity (60 letters with their checksum) that depends on the text alone. Nobody has its seed. */
export function identityOf(text: string): string {
  return identityFromPublicKey(new Uint8Array(Buffer.from(hexOf(text, 64), 'hex')))
}

/** A transaction id as Qubic writes them: the digest of the text in 60 lowercase letters. */
export function hashOf(text: string): string {
  return identityFromPublicKey(k12(new Uint8Array(Buffer.from(text)), 32)).toLowerCase()
}
