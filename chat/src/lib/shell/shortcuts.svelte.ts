import { type Command, commands } from './commands.svelte.ts'
import { hinders, isChord, type Press, stepsOf, written } from './keys.ts'
import { preferences } from './preferences.svelte.ts'

/** Between the presses of a sequence, in milliseconds */
const patience = 1_200

const typesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type)))

/** The keys of a command: what the person chose, else its own. */
export const keysOf = ({ id, keys }: Pick<Command, 'id' | 'keys'>): string =>
  preferences.value.shortcuts[id] ?? keys ?? ''

/** Commands whose keys would hinder `keys` for the command `id`. */
export const conflicts = (id: string, keys: string): Command[] =>
  commands.all.filter((one) => one.id !== id && hinders(keysOf(one), keys))

/** Listens to the keys of every command that can be done now. */
class Shortcuts {
  #pressed: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  /** A form that records keys takes them for itself meanwhile */
  paused = false

  handle(event: KeyboardEvent) {
    if (event.defaultPrevented || event.isComposing || this.paused) return
    const press = written(event as Press)
    if (!press) return
    const typing = typesText(event.target)
    // An open dialog has the keyboard for itself, but for what opens and closes the palette
    const modal = document.querySelector('dialog:modal') !== null
    if ((typing || modal) && !isChord(press)) return
    const sequence = [...this.#pressed, press]
    const found = this.#match(sequence) ?? (this.#pressed.length > 0 ? this.#match([press]) : undefined)
    this.#forget()
    if (!found) return
    if ('command' in found) {
      if (modal && found.command.group !== 'view') return
      event.preventDefault()
      found.command.run()
      return
    }
    this.#pressed = found.begun
    this.#timer = setTimeout(() => this.#forget(), patience)
  }

  #match(sequence: string[]): { command: Command } | { begun: string[] } | undefined {
    let begun = false
    // The last one registered wins: what is nearest to the person
    for (const command of commands.all.toReversed()) {
      const steps = stepsOf(keysOf(command))
      if (steps.length < sequence.length || !sequence.every((step, index) => steps[index] === step)) continue
      if (steps.length === sequence.length) return { command }
      begun = true
    }
    return begun ? { begun: sequence } : undefined
  }

  #forget() {
    clearTimeout(this.#timer)
    this.#pressed = []
  }
}

export const shortcuts = new Shortcuts()
