import { createPrivateKey, X509Certificate } from 'node:crypto'
import * as z from 'zod'
import { ToolError } from '#contract'
import { inlineKubeconfig } from '../clients/credentials/inline-kubeconfig.ts'
import { isSafeUrl } from '../clients/credentials/oidc.ts'
import {
  type ClusterCredentials,
  type Credential,
  type CredentialService,
  credentialKinds,
  credentialServices,
} from '../clients/credentials/types.ts'

const secretText = (most: number) =>
  z
    .string()
    .refine((text) => text.length > 0 && text.length <= most, `must have 1 to ${most} characters`)
    .optional()
const line = secretText(16_384)
const file = secretText(262_144)

/** What a form sends for one service: its kind, and the members of that kind. */
const credentialInput = z.strictObject({
  kind: z.enum(credentialKinds),
  kubeconfig: file.describe('kubeconfig: the whole file, standing alone'),
  context: line.describe('kubeconfig: default the current one'),
  token: line.describe('token: of a service account, or a bearer token'),
  issuer: line.describe('oidc: https address of the issuer'),
  clientId: line.describe('oidc'),
  clientSecret: line.describe('oidc'),
  refreshToken: line.describe('oidc: without it the client asks for itself'),
  username: line.describe('basic'),
  password: line.describe('basic'),
  certificate: file.describe('certificate: PEM'),
  key: file.describe('certificate: PEM of its private key'),
})
type CredentialInput = z.output<typeof credentialInput>

const service = credentialInput.optional().describe('Credentials of this service')
export const credentialsInput = {
  kubernetes: service,
  prometheus: service,
  alertmanager: service,
  loki: service,
  tempo: service,
}

/** Members of each kind: those it needs, and those it may have. */
const shapes: Record<Credential['kind'], [needed: (keyof CredentialInput)[], more: (keyof CredentialInput)[]]> = {
  kubeconfig: [['kubeconfig'], ['context']],
  token: [['token'], []],
  oidc: [
    ['issuer', 'clientId'],
    ['clientSecret', 'refreshToken'],
  ],
  basic: [['username', 'password'], []],
  certificate: [['certificate', 'key'], []],
}

const refuse = (field: string, message: string, next: string) =>
  new ToolError('invalid-input', `${field} ${message}`, { field, next, changed: 'nothing' })

/** No word of the text itself in what is said of it. */
function checkCertificate(field: string, { certificate, key }: CredentialInput): void {
  let pair: boolean
  try {
    pair = new X509Certificate(certificate!).checkPrivateKey(createPrivateKey(key!))
  } catch {
    throw refuse(
      `${field}.certificate`,
      'or its key is not PEM',
      'Give the certificate and its unencrypted private key as PEM',
    )
  }
  if (!pair)
    throw refuse(`${field}.key`, 'does not belong to the certificate', 'Give the key that the certificate was made for')
}

async function credentialOf(service: CredentialService, given: CredentialInput): Promise<Credential> {
  const { kind } = given
  const [needed, more] = shapes[kind]
  if (kind === 'kubeconfig' && service !== 'kubernetes')
    throw refuse(`${service}.kind`, 'is for Kubernetes only', 'Use token, oidc, basic or certificate')
  const absent = needed.find((member) => given[member] === undefined)
  if (absent) throw refuse(`${service}.${absent}`, `is missing for the kind ${kind}`, `Give ${service}.${absent}`)
  const foreign = Object.keys(given).find(
    (member) => member !== 'kind' && ![...needed, ...more].includes(member as never),
  )
  if (foreign) throw refuse(`${service}.${foreign}`, `does not belong to the kind ${kind}`, 'Leave it out')
  if (given.token && !/^[\x21-\x7e]+$/.test(given.token.trim()))
    throw refuse(
      `${service}.token`,
      'holds characters that no token has',
      'Give the token alone, without quotes or line ends',
    )
  if (kind === 'oidc') {
    if (!isSafeUrl(given.issuer!))
      throw refuse(`${service}.issuer`, 'is not an https address', 'Give the address of the issuer')
    if (!given.refreshToken && !given.clientSecret)
      throw refuse(`${service}.refreshToken`, 'and clientSecret are both missing', 'Give one of the two')
  }
  if (kind === 'certificate') checkCertificate(service, given)
  const credential = { ...given, ...(given.token && { token: given.token.trim() }) } as Credential
  if (credential.kind === 'kubeconfig') await inlineKubeconfig(credential.kubeconfig, credential.context)
  return credential
}

/** @throws invalid-input naming the argument, and nothing of what it holds */
export async function credentialsOf(
  input: Partial<Record<CredentialService, CredentialInput | undefined>>,
): Promise<ClusterCredentials> {
  const given = credentialServices.flatMap((service) => (input[service] ? [[service, input[service]] as const] : []))
  if (given.length === 0)
    throw new ToolError('invalid-input', 'No credentials were given', {
      field: 'kubernetes',
      next: `Give those of one service at least: ${credentialServices.join(', ')}`,
      changed: 'nothing',
    })
  const made = await Promise.all(
    given.map(async ([service, one]) => [service, await credentialOf(service, one)] as const),
  )
  return Object.fromEntries(made)
}
