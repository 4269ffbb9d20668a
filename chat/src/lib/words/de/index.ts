import type { Words } from '../index.ts'
import { kinds } from './kinds.ts'
import { shell } from './shell.ts'

export const de: Words = { kinds, shell }
