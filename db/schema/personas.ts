import { pgTable, text } from '#db/drizzle.ts'
import { document, freeText, moment } from './columns.ts'

/** A persona that a person made (PER-002); the built-in ones are files. */
export const customPersonas = pgTable('custom_personas', () => ({
  id: text('id').primaryKey(),
  name: freeText('name').notNull(),
  description: freeText('description').notNull(),
  icon: text('icon').notNull(),
  systemPrompt: freeText('system_prompt').notNull(),
  /** Tools listed to the model; existing ones only (PER-009) */
  capabilities: document<string[]>('capabilities').notNull(),
  reach: document<string[]>('reach').notNull(),
  suggestions: document<string[]>('suggestions').notNull(),
  createdBy: freeText('created_by').notNull(),
  createdAt: moment('created_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
}))
