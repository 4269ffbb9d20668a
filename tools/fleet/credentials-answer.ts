import * as z from 'zod'
import { cards } from '#contract'
import { credentialServices } from '../clients/credentials/types.ts'
import { factsLine, lines, tsv } from '../text.ts'
import { outcomes, type Validation, validationCheck } from './credentials-check.ts'

/** What was found out, and until when it is good; never what it was (FLT-023, FLT-030). */
export const credentialsCard = cards.status.payload.extend({
  status: z.enum(['stored', 'checked', 'removed']),
  validation: z.array(
    z.strictObject({
      service: z.enum(credentialServices),
      result: z.enum(['success', 'failed', 'skipped']),
      outcome: z.enum(outcomes).optional(),
      detail: z.string(),
    }),
  ),
  expiresAt: z.record(z.string(), z.string()).describe('By service'),
})
export type CredentialsCard = z.output<typeof credentialsCard>

export function credentialsAnswer(of: {
  cluster: string
  status: CredentialsCard['status']
  validations: Validation[]
  expiresAt: Record<string, string>
}): CredentialsCard {
  const { cluster, status, validations, expiresAt } = of
  const failed = validations.some(({ result }) => result === 'failed')
  return {
    title: `Credentials of ${cluster}`,
    state: failed ? 'not valid' : status,
    tone: failed ? 'bad' : 'good',
    facts: Object.entries(expiresAt).map(([service, at]) => ({ label: `${service} until`, value: at.slice(0, 10) })),
    checks: validations.map(validationCheck),
    status,
    validation: validations,
    expiresAt,
  }
}

export const credentialsText = ({ title, state, facts, checks }: CredentialsCard): string =>
  lines(
    `${title}: ${state}.`,
    factsLine(facts),
    tsv(
      ['service', 'outcome', 'detail'],
      checks.map((check) => [check.label, check.state, check.detail]),
    ),
  )
