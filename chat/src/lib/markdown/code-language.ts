import type { Highlighted } from './highlight.ts'

const names: Record<string, Highlighted> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  jsonc: 'json',
  bash: 'bash',
  sh: 'bash',
  shell: 'bash',
  console: 'bash',
  zsh: 'bash',
  python: 'python',
  py: 'python',
  sql: 'sql',
  diff: 'diff',
  patch: 'diff',
  ini: 'ini',
  conf: 'ini',
  toml: 'toml',
}

/** The language a block of code is coloured as, by the name its author gave; undefined where it stays plain. */
export const knownLanguage = (name: string | undefined): Highlighted | undefined =>
  names[name?.trim().split(/\s/)[0]?.toLowerCase() ?? '']
