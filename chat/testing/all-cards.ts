import { loadCards } from '../src/lib/cards/drawn-by.svelte.ts'

// Tests look at a card as soon as it is drawn.
await loadCards()
