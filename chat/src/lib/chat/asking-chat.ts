import { AbstractChat } from 'ai'
import remend from 'remend'
import { closeWith } from '../markdown/blocks.ts'
import type { ChatMessage } from '../types.ts'

closeWith(remend)

/** Loads what draws the cards that an answer may bring. */
export const readyToDraw = () => import('./drawn-cards.ts').then((cards) => cards.readyToDraw())

/** Asks, and takes in what is answered: loaded with the first question, not with the page. */
export class AskingChat extends AbstractChat<ChatMessage> {}
