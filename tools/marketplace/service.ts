/** What other rooms and domains may use of this one. */
export { type Book, importBook } from './book.ts'
