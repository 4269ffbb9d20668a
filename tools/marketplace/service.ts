/** What other rooms and domains may use of this one. */
export { importBook } from './book.ts'
