/** What the chat tells the model of a decision; people did not say it. */
const note = /\[Note from Quartermaster[^\]]*\]\s*(?:"((?:[^"\\]|\\.)*)"[^:]*:\s*)?([\s\S]*)/

export const isNote = (question: string): boolean => note.test(question)

const endings: [RegExp, (what: string) => string][] = [
  [/cut off in the middle by a restart/, () => 'The answer before this was cut off. Ask again, and I look anew.'],
  [/^denied/, (what) => `It was denied, so nothing was changed: ${what}`],
  [/^cancelled/, (what) => `It was cancelled before it ran, so nothing was changed: ${what}`],
  [/^expired/, (what) => `Nobody decided in time, so nothing was changed: ${what}`],
  [/^died/, (what) => `Something moved since it was planned. A new plan waits for you: ${what}`],
  [/but it failed/, (what) => `It was approved and failed; the card says why: ${what}`],
  [/but cut off/, (what) => `It was approved and cut off in the middle. Look before you try again: ${what}`],
  [/it is not finished|running now/, (what) => `It was approved and has begun; the card shows how far it is: ${what}`],
  [/^approved/, (what) => `It was approved and is done: ${what}`],
]

/** One sentence on what a decision means; undefined where the question is a person's. */
export function answerToNote(question: string): string | undefined {
  const [, quoted = '', words = ''] = note.exec(question) ?? []
  if (words === '') return undefined
  const what = quoted.replace(/\\(.)/g, '$1') || 'the change.'
  return endings.find(([pattern]) => pattern.test(words))?.[1](what) ?? `Noted: ${what}`
}
