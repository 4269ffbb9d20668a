import type { Language } from '../words/index.ts'

export const themes = ['auto', 'light', 'dark', 'contrast'] as const
export const densities = ['comfortable', 'compact'] as const
export const notificationKinds = ['approval', 'decided', 'answer', 'alert', 'deployment'] as const

export type Theme = (typeof themes)[number]
export type Density = (typeof densities)[number]
export type NotificationKind = (typeof notificationKinds)[number]

/** Narrowest and widest the canvas may be drawn, in pixels */
export const canvasBounds = { least: 320, most: 1200 } as const

/** How a person likes the product. Kept by the server, so that another device has it too. */
export interface Preferences {
  /** `auto` follows the system, its wish for more contrast included */
  theme: Theme
  density: Density
  language: Language
  /** Cards as text only */
  textOnly: boolean
  /** `reduced` also where the system does not ask for it */
  motion: 'auto' | 'reduced'
  /** A short tone when an approval begins to wait */
  sound: boolean
  notify: Record<NotificationKind, boolean>
  /** Id of a command → its keys; empty means none. What is not named keeps its default */
  shortcuts: Record<string, string>
  railCollapsed: boolean
  /** Pixels */
  canvasWidth: number
}

/** What a change may say: `null` in `shortcuts` gives a command its default back. */
export type PreferencesPatch = Partial<Omit<Preferences, 'notify' | 'shortcuts'>> & {
  notify?: Partial<Preferences['notify']>
  shortcuts?: Record<string, string | null>
}

export const defaultPreferences: Preferences = {
  theme: 'auto',
  density: 'comfortable',
  language: 'en',
  textOnly: false,
  motion: 'auto',
  sound: false,
  notify: { approval: true, decided: true, answer: true, alert: true, deployment: true },
  shortcuts: {},
  railCollapsed: false,
  canvasWidth: 560,
}

/** The preferences after a change. */
export function changed(before: Preferences, patch: PreferencesPatch): Preferences {
  const shortcuts = { ...before.shortcuts, ...patch.shortcuts }
  return {
    ...before,
    ...patch,
    notify: { ...before.notify, ...patch.notify },
    shortcuts: Object.fromEntries(
      Object.entries(shortcuts).filter((entry): entry is [string, string] => entry[1] !== null),
    ),
  }
}

/** What of it the very first picture of a page rests on, as attributes of its root element. */
export function lookOf({ theme, density, motion, railCollapsed }: Preferences): Record<string, string> {
  return {
    ...(theme !== 'auto' && { 'data-theme': theme }),
    ...(density !== 'comfortable' && { 'data-density': density }),
    ...(motion !== 'auto' && { 'data-motion': motion }),
    ...(railCollapsed && { 'data-rail': 'closed' }),
  }
}
