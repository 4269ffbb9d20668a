import type { Answer } from '#contract'
import { cards as english } from '../words/en/cards.ts'
import type { Words } from '../words/index.ts'
import { approvalOf } from './merge.ts'
import { type Sheet, sheetOf } from './table/sheet.ts'
import type { Block } from './text/blocks.ts'
import { blocksOf } from './text/blocks-of.ts'
import { silentOf, titleOf } from './title.ts'

/** A cell that a spreadsheet would take for a formula is set off with an apostrophe. */
function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

/** Rows of a card with their values as they came; a card without rows gives its figures, a line each. */
export function toCsv(answer: Answer, words: Words['cards'] = english): string {
  const { head, rows } = sheetOf(answer) ?? factSheet(blocksOf(answer, words), words)
  return [head, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')
}

const factSheet = (blocks: readonly Block[], words: Words['cards']): Sheet => ({
  head: [words.text.figure, words.text.value],
  rows: blocks.flatMap((block): string[][] => {
    if (block.kind === 'facts') return block.facts
    if (block.kind === 'list') return block.items.map((item) => [block.title ?? '', item])
    return block.kind === 'table' ? block.rows : [['', block.text]]
  }),
})

export const toJson = (answer: Answer): string =>
  JSON.stringify(approvalOf(answer) ?? answer.data ?? answer.error ?? answer.empty ?? {}, null, 2)

/** Text from outside stays text: nothing in it may become markup. */
const plain = (text: string) => text.replace(/[\\`*_[\]<>#]/g, '\\$&').replace(/\s+/g, ' ')
const tableCell = (text: string) => plain(text).replaceAll('|', '\\|')

/** A card as Markdown that can be pasted into an issue or a report. */
export function toMarkdown(answer: Answer, words: Words['cards'] = english): string {
  const silent = silentOf(answer)
  return [
    `### ${plain(titleOf(answer, words))}`,
    `_${[words.text.readAt(answer.at), ...(silent.length > 0 ? [words.without(silent.join(', '))] : [])].map(plain).join('. ')}_`,
    ...blocksOf(answer, words).map((block) => blockMarkdown(block, words)),
    '',
  ].join('\n\n')
}

function blockMarkdown(block: Block, words: Words['cards']): string {
  const title = 'title' in block && block.title ? `**${plain(block.title)}**\n\n` : ''
  switch (block.kind) {
    case 'text':
      return plain(block.text)
    case 'markdown':
      return title + block.text.replaceAll('<', '&lt;')
    case 'facts':
      return title + block.facts.map(([label, value]) => `- **${plain(label)}:** ${plain(value)}`).join('\n')
    case 'list':
      return (
        title + block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${plain(item)}`).join('\n')
      )
    case 'code': {
      const longest = Math.max(2, ...[...block.text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
      const fence = '`'.repeat(longest + 1)
      return `${title}${fence}${block.language ?? ''}\n${block.text}\n${fence}`
    }
    case 'table': {
      if (block.rows.length === 0) return words.grid.noRows
      const line = (cells: string[]) => `| ${cells.map(tableCell).join(' | ')} |`
      const rule = `| ${block.head.map((_, index) => (block.right?.[index] ? '---:' : '---')).join(' | ')} |`
      return `${title}${[line(block.head), rule, ...block.rows.map(line)].join('\n')}`
    }
  }
}
