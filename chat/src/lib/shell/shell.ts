import { getContext, setContext } from 'svelte'

export interface ShellActions {
  openRail(): void
  demo(): boolean
}

const key = Symbol('shell')
export const provideShell = (shell: ShellActions) => setContext(key, shell)
export const useShell = (): ShellActions => getContext<ShellActions>(key)
