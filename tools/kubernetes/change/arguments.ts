import * as z from 'zod'
import { word } from '../../arguments.ts'

export { cluster, optionalWord, wholeNumber } from '../../arguments.ts'

export const name = word.describe('Name')
export const inNamespace = word.optional().describe('Default: by name')
export const isProtected = z.boolean().default(false).describe('Also kube-system and the like')
