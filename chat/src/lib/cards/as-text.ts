import type { Answer } from '#contract'
import { cards as english } from '../words/en/cards.ts'
import type { Words } from '../words/index.ts'
import type { Block } from './text/blocks.ts'
import { blocksOf } from './text/blocks-of.ts'
import { silentOf, titleOf } from './title.ts'

/** Cells are aligned up to this width; a longer one pushes its line. Nothing is cut. */
const widest = 40

/**
 * A card as plain text that stands alone: the same data as the card, complete, in reading order. For screens without
 * graphics, for exports and for readers that speak. Runs in the browser and on the server.
 */
export function asText(answer: Answer, words: Words['cards'] = english): string {
  const silent = silentOf(answer)
  const { shown, total } = answer
  return [
    titleOf(answer, words),
    words.text.readAt(answer.at),
    ...(silent.length > 0 ? [words.without(silent.join(', '))] : []),
    ...(shown !== undefined && total !== undefined && shown < total ? [words.shownOf(shown, total)] : []),
    '',
    blocksOf(answer, words)
      .map((block) => blockText(block, words))
      .join('\n\n'),
  ].join('\n')
}

function blockText(block: Block, words: Words['cards']): string {
  const title = 'title' in block && block.title ? `${block.title}\n` : ''
  switch (block.kind) {
    case 'text':
      return block.text
    case 'facts':
      return `${title}${block.facts.map(([label, value]) => `${label}: ${value}`).join('\n')}`
    case 'list':
      return `${title}${block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${item}`).join('\n')}`
    case 'code':
    case 'markdown':
      return `${title}${block.text}`
    case 'table':
      return title + (block.rows.length === 0 ? words.grid.noRows : tableText(block))
  }
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ')

function tableText({ head, rows, right }: Extract<Block, { kind: 'table' }>): string {
  const all = [head, ...rows].map((row) => row.map(oneLine))
  const widths = head.map((_, index) =>
    Math.min(
      widest,
      all.reduce((most, row) => Math.max(most, row[index]?.length ?? 0), 0),
    ),
  )
  return all
    .map((row) =>
      row
        .map((cell, index) => (right?.[index] ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
