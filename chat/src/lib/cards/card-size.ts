import { getContext, setContext } from 'svelte'

/** How a card stands: what its body may fill, and how a body tells that it has more than it shows. */
export interface CardSize {
  /** All of the room there is: beside the conversation, on a page of its own, or opened by the reader */
  readonly roomy: boolean
  /** @param count of all items, where only some are in sight */
  tell(count: number | undefined): void
}

const key = Symbol('card size')
export const provideSize = (size: CardSize) => setContext(key, size)
export const useSize = (): CardSize => getContext<CardSize | undefined>(key) ?? { roomy: false, tell() {} }
