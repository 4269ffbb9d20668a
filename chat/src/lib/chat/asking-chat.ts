import { AbstractChat } from 'ai'
import remend from 'remend'
import { closeWith } from '../markdown/blocks.ts'
import type { ChatMessage } from '../types.ts'

closeWith(remend)

/** Asks, and takes in what is answered: loaded with the first question, not with the page. */
export class AskingChat extends AbstractChat<ChatMessage> {}
