import { kinds } from './kinds.ts'
import { shell } from './shell.ts'

export const en = { kinds, shell }
