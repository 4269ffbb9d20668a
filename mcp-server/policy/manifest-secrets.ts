import { mayReadEnv, secretWords } from './secret-names.ts'
import type { Mask } from './secret-shapes.ts'

/** A Secret as YAML or JSON text. */
const secretKind = /(?:^|[\s{,"'+-])kind["'\\]*\s*:\s*["'\\]*Secret["'\\]*(?=\s|,|\}|$)/

/** Manifests and diffs as text: values of Secrets, literals of environments, secrets over several lines. */
export function withoutManifestSecrets(input: string, mask: Mask): string {
  let output = input
  if (output.includes('Secret') && secretKind.test(output)) output = secretsIn(output, mask)
  if (output.includes('value')) output = envIn(output, mask)
  return (output.includes(': |') || output.includes(': >')) && blocks.test(output) ? blocksIn(output, mask) : output
}

/** The values under data and stringData of a Secret, whatever its keys are called. */
function secretsIn(input: string, mask: Mask): string {
  const value = (whole: string, head: string, secret: string) => (secret === '' ? whole : head + mask(secret))
  const lines = (block: string) => block.replace(/^([ \t+-]*[^\s:#[][^:\n]*:[ \t]*)(\S.*)$/gm, value)
  const members = (block: string) => block.replace(/("[^"]*"\s*:\s*")((?:[^"\\]|\\.)*)/g, value)
  return input
    .split(/^(?=---)/m)
    .map((document) =>
      secretKind.test(document)
        ? document
            .replace(
              /("(?:data|stringData)"\s*:\s*\{)([^}]*)/g,
              (_, head: string, block: string) => head + members(block),
            )
            .replace(
              /^([ \t+-]*(?:data|stringData):[ \t]*\{)([^}\n]*)/gm,
              (_, head: string, block: string) => head + mask(block),
            )
            .replace(
              /^([ \t+-]*)((?:data|stringData):[ \t]*\n)((?:(?:\1[ \t]+.*|[ \t]*)(?:\n|$))+)/gm,
              (_, indent: string, head: string, block: string) => indent + head + blockScalars(lines(block), mask),
            )
        : document,
    )
    .join('')
}

/** What follows `key: |` is a value of several lines. */
const blockScalars = (block: string, mask: Mask): string =>
  block.replace(/^([ \t+-]*)(\S.*)$/gm, (line: string, lead: string, rest: string) =>
    /^[^\s:#][^:\n]*:[ \t]*\[redacted:/.test(rest) ? line : lead + mask(rest),
  )

/** `- name: X` followed by `value: Y`, as YAML manifests and diffs have it, and `"name":"X","value":"Y"` of JSON. */
function envIn(input: string, mask: Mask): string {
  const literal = (whole: string, head: string, name: string, middle: string, value: string) =>
    value === '' || mayReadEnv(name, value) ? whole : `${head}${name}${middle}${mask(value)}`
  const output = input.replace(
    /^([ +-]*- name: *["']?)([A-Za-z_][A-Za-z0-9_]*)(["']?\s*\n[ +-]*value: *)(\S.*)$/gm,
    literal,
  )
  return output.replace(
    /(\{\s*\\*"name\\*"\s*:\s*\\*")([A-Za-z_][A-Za-z0-9_]{0,80})(\\*"\s*,\s*\\*"value\\*"\s*:\s*\\*")((?!\[redacted)[^"\\]*)/g,
    literal,
  )
}

const blocks = new RegExp(`(?:${secretWords})["']?: [|>]`, 'i')
const blockOf = new RegExp(
  `^([ \\t+-]*)([\\w."'-]{0,80}?(?:${secretWords})["']?: [|>][-+\\d]*[ \\t]*\\n)((?:\\1[ \\t]+[^\\n]*(?:\\n|$))+)`,
  'gim',
)

/** `password: |` and the lines below it. */
const blocksIn = (input: string, mask: Mask): string =>
  input.replace(
    blockOf,
    (_, indent: string, head: string, block: string) =>
      indent + head + block.replace(/^([ \t+-]*)(\S.*)$/gm, (_line, lead: string, rest: string) => lead + mask(rest)),
  )
