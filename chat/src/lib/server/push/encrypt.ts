import { createCipheriv, createECDH, createHmac, randomBytes } from 'node:crypto'

/** What a browser gave when it subscribed: its public key and a shared secret, both base64url. */
export interface SubscriptionKeys {
  p256dh: string
  auth: string
}

const hmac = (key: Uint8Array, data: Uint8Array) => createHmac('sha256', key).update(data).digest()

/** HKDF (RFC 5869) for one block. */
const derive = (salt: Uint8Array, secret: Uint8Array, info: Uint8Array, bytes: number) =>
  hmac(hmac(salt, secret), Buffer.concat([info, Buffer.from([1])])).subarray(0, bytes)

const recordSize = 4096
/** A record holds its mark and the tag of the cipher as well */
export const mostPushBytes = recordSize - 17 - 86

/**
 * A message that only this browser can read: aes128gcm (RFC 8188) with keys agreed as RFC 8291 says, in one record. The key pair and
 * the salt are new for each message; a test gives its own.
 */
export function encryptPush(
  message: Uint8Array,
  keys: SubscriptionKeys,
  given: { privateKey?: Uint8Array; salt?: Uint8Array } = {},
): Buffer {
  if (message.length > mostPushBytes) throw new RangeError(`A push message may have ${mostPushBytes} bytes`)
  const own = createECDH('prime256v1')
  if (given.privateKey) own.setPrivateKey(given.privateKey)
  else own.generateKeys()
  const salt = given.salt ?? randomBytes(16)
  const theirs = Buffer.from(keys.p256dh, 'base64url')
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, own.getPublicKey()])
  const secret = derive(Buffer.from(keys.auth, 'base64url'), own.computeSecret(theirs), info, 32)
  const key = derive(salt, secret, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = derive(salt, secret, Buffer.from('Content-Encoding: nonce\0'), 12)
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  // 2 marks the last record
  const sealed = Buffer.concat([cipher.update(message), cipher.update(Buffer.from([2])), cipher.final()])
  const size = Buffer.alloc(4)
  size.writeUInt32BE(recordSize)
  return Buffer.concat([salt, size, Buffer.from([65]), own.getPublicKey(), sealed, cipher.getAuthTag()])
}
