import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, text } from '../arguments.ts'
import { labelTable, labelText, listLabels } from './label-rows.ts'

/** The labels of log streams (LGS-003). */
export const getLogLabels = defineTool({
  name: 'get_log_labels',
  title: 'Labels of logs',
  about:
    'Names of the labels that log streams have, for the selector of query_logs. Their values: get_log_label_values.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'loki'],
  input: z.strictObject({ text, clusters }),
  output: labelTable,
  examples: [{}],
  route: { method: 'GET', path: '/logs/labels' },
  text: labelText,
  run: (input, ctx) => listLabels(ctx, { what: 'label', ...input }, (client, signal) => client.labelNames(signal)),
})
