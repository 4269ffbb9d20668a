/** A key press as far as shortcuts look at it. */
export interface Press {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}

const names: Record<string, string> = { ' ': 'space', esc: 'escape', return: 'enter' }
const modifiers = new Set(['mod', 'alt', 'shift'])

/**
 * A press in the form that shortcuts are written in: `mod+k`, `mod+shift+o`, `?`, `g`. Mod is Ctrl, or Command on a Mac. Shift
 * is named only where it does not already show in the character. Undefined for a modifier alone.
 */
export function written({ key, ctrlKey, metaKey, shiftKey, altKey }: Press): string | undefined {
  if (['Control', 'Meta', 'Shift', 'Alt', 'AltGraph', 'Dead'].includes(key)) return undefined
  const lower = key.toLowerCase()
  const name = names[lower] ?? lower
  const visible = key.length === 1 && key.toLowerCase() === key.toUpperCase()
  return [
    ...(ctrlKey || metaKey ? ['mod'] : []),
    ...(altKey ? ['alt'] : []),
    ...(shiftKey && !visible ? ['shift'] : []),
    name,
  ].join('+')
}

/** The presses of a shortcut: `g f` are two. */
export const stepsOf = (keys: string): string[] => keys.trim().toLowerCase().split(/\s+/).filter(Boolean)

/** Works inside a text field as well: nothing that it could be typing. */
export const isChord = (keys: string): boolean => /^(mod|alt)\+/.test(keys)

/** Two shortcuts hinder each other when one is how the other begins. */
export function hinders(one: string, other: string): boolean {
  const [a, b] = [stepsOf(one), stepsOf(other)]
  if (a.length === 0 || b.length === 0) return false
  return a.slice(0, b.length).every((step, index) => b[index] === step)
}

/** As people read it: ⌘K on a Mac, Ctrl+K elsewhere, `g then f`. */
export function shown(keys: string, { mac, next }: { mac: boolean; next: string }): string {
  const one = (step: string) => {
    const parts = step.split(/\+(?=.)/)
    const last = parts.at(-1)!
    const words = parts.map((part, index) =>
      index < parts.length - 1 && modifiers.has(part)
        ? part === 'mod'
          ? mac
            ? '⌘'
            : 'Ctrl'
          : part === 'alt'
            ? mac
              ? '⌥'
              : 'Alt'
            : mac
              ? '⇧'
              : 'Shift'
        : part === last && last.length === 1
          ? parts.length > 1
            ? last.toUpperCase()
            : last
          : last[0]!.toUpperCase() + last.slice(1),
    )
    return words.join(mac ? '' : '+')
  }
  return stepsOf(keys).map(one).join(` ${next} `)
}
