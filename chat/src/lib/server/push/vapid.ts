import { createECDH, createPrivateKey, hkdfSync, type KeyObject, sign } from 'node:crypto'

/** Who pushes, as push services want to know it (RFC 8292). */
export interface PushIdentity {
  /** Public key, base64url: what browsers subscribe to */
  publicKey: string
  privateKey: KeyObject
  /** `mailto:` or https address at which the operator of a push service finds somebody */
  contact: string
}

/**
 * The identity of this installation, made from its secret: replicas with the same secret are one sender, and no further file has to
 * be kept.
 */
export function pushIdentity({ secret, contact }: { secret: string; contact: string }): PushIdentity {
  const pair = createECDH('prime256v1')
  for (let round = 0; ; round++) {
    const scalar = Buffer.from(hkdfSync('sha256', secret, '', `quartermaster web push ${round}`, 32))
    try {
      pair.setPrivateKey(scalar)
      break
    } catch {
      // One scalar in 2³² is not on the curve: the next round gives another
    }
  }
  const point = pair.getPublicKey()
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
    d: pair.getPrivateKey().toString('base64url'),
  }
  return {
    publicKey: point.toString('base64url'),
    privateKey: createPrivateKey({ key: jwk, format: 'jwk' }),
    contact,
  }
}

/** Push services refuse what is valid for more than a day */
const validSeconds = 12 * 3600

/** The Authorization header for one push service. `nowMs`: epoch milliseconds. */
export function vapidHeader(identity: PushIdentity, endpoint: string, nowMs: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    aud: new URL(endpoint).origin,
    exp: Math.floor(nowMs / 1000) + validSeconds,
    sub: identity.contact,
  }
  const unsigned = `${part({ typ: 'JWT', alg: 'ES256' })}.${part(claims)}`
  const signature = sign('sha256', Buffer.from(unsigned), { key: identity.privateKey, dsaEncoding: 'ieee-p1363' })
  return `vapid t=${unsigned}.${signature.toString('base64url')}, k=${identity.publicKey}`
}
