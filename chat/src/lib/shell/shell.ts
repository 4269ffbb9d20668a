import { getContext, setContext } from 'svelte'

export interface ShellActions {
  openRail(): void
  demo(): boolean
  /** This person reads cards as text */
  textOnly(): boolean
}

const key = Symbol('shell')
export const provideShell = (shell: ShellActions) => setContext(key, shell)
/** Whether cards are text here; drawn where no page says so (a test). */
export const useTextOnly = (): (() => boolean) => getContext<ShellActions | undefined>(key)?.textOnly ?? (() => false)
export const useShell = (): ShellActions => getContext<ShellActions>(key)
