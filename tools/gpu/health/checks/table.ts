import { gpuChecks } from './index.ts'

const cellOf = (text: string) => text.replace(/\{(\w+)\}/g, '…').replaceAll('|', '\\|')

/** The checks as a Markdown table, for the docs. */
export const checksTable = (): string =>
  [
    '| Check | Severity | Says | Reads |',
    '|---|---|---|---|',
    ...gpuChecks.map(
      ({ id, severity, title, reads }) => `| ${id} | ${severity} | ${cellOf(title)} | ${cellOf(reads)} |`,
    ),
    '| common-cause | critical | the same finding on three or more nodes of one rack, NVLink clique, driver or model | what the others found |',
    '| blast-radius | warning | what cordoning all nodes with critical findings would take of a cluster | what the others found |',
    '',
  ].join('\n')
