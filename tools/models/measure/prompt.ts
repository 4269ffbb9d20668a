import { createHash } from 'node:crypto'

/** Common English words: about one token each in every vocabulary. */
const words =
  'time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city name team minute idea body back parent face level office door health person art war history party result change morning reason research girl guy moment air teacher force education'.split(
    ' ',
  )

/** Bytes that only depend on what they are made from. */
function* bytesOf(seed: string): Generator<number> {
  for (let round = 0; ; round++) yield* createHash('sha256').update(`${seed} ${round}`).digest()
}

function text(seed: string, count: number): string {
  const bytes = bytesOf(seed)
  return Array.from({ length: Math.max(0, count) }, () => words[bytes.next().value % words.length]).join(' ')
}

const order = 'Continue this list of words with many more words of your own. Write only words, and do not stop early: '
const orderTokens = 22

/**
 * The prompt of one request. From its first word on it is unlike any other of the run and of earlier ones, so that a prefix cache
 * has nothing to give; the first `sharedTokens` words are the same for all.
 */
export function promptOf({
  run,
  index,
  tokens,
  sharedTokens,
}: {
  run: string
  index: number
  tokens: number
  sharedTokens: number
}): string {
  const shared = Math.min(sharedTokens, tokens)
  const own = Math.max(4, tokens - shared - orderTokens)
  const id = createHash('sha256').update(`${run} ${index}`).digest('hex').slice(0, 8)
  return `${shared > 0 ? `${text(`shared ${run}`, shared)} ` : ''}${id}: ${order}${text(`${run} ${index}`, own)}`
}
