import * as z from 'zod'
import { defineTool } from '#define'
import { clusters, text, word } from '../arguments.ts'
import { labelTable, labelText, listLabels } from './label-rows.ts'

/** The values of one label of log streams (LGS-003). */
export const getLogLabelValues = defineTool({
  name: 'get_log_label_values',
  title: 'Values of a log label',
  about:
    'Values that one label of the log streams has, by cluster, for the selector of query_logs. Labels: get_log_labels.',
  risk: 'read',
  card: 'table',
  needs: ['fleet', 'loki'],
  input: z.strictObject({ name: word.describe('Label'), text, clusters }),
  output: labelTable,
  examples: [{ name: 'namespace' }, { name: 'pod', text: 'qwen' }],
  route: { method: 'GET', path: '/logs/label/{name}/values' },
  text: labelText,
  run: ({ name, ...input }, ctx) =>
    listLabels(ctx, { what: `value of ${name}`, many: `values of ${name}`, ...input }, (client, signal) =>
      client.labelValues(name, signal),
    ),
})
