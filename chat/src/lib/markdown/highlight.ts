import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'

export interface Span {
  text: string
  /** A CSS colour, always a variable of ours */
  color?: string
}

const theme = createCssVariablesTheme({ name: 'quartermaster', variablePrefix: '--code-' })

const grammars = {
  yaml: () => import('shiki/langs/yaml.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  bash: () => import('shiki/langs/bash.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  ini: () => import('shiki/langs/ini.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
} as const

let highlighter: Promise<HighlighterCore> | undefined

/** Code as coloured spans, line by line. Loads the grammar when its language is first seen; `language` is one that `knownLanguage` names. */
export async function highlight(code: string, language: keyof typeof grammars): Promise<Span[][]> {
  highlighter ??= createHighlighterCore({
    themes: [theme],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  const core = await highlighter
  if (!core.getLoadedLanguages().includes(language)) await core.loadLanguage((await grammars[language]()).default)
  return core
    .codeToTokensBase(code, { lang: language, theme: 'quartermaster' })
    .map((line) => line.map(({ content, color }) => ({ text: content, color })))
}

export type Highlighted = keyof typeof grammars
