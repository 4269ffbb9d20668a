import * as z from 'zod'
import { httpUrl } from '../endpoint-config.ts'
import { secret } from '../secret.ts'

/** One API server: by address, by kubeconfig context, or the one this process runs in. Exactly one of `url`, `context`, `inCluster`. */
export const kubernetesConfig = z
  .strictObject({
    url: httpUrl.optional().describe('Address of the API server'),
    token: secret.optional().describe('Bearer token, with url'),
    tokenFile: z.string().optional().describe('File with the bearer token, read again every minute, with url'),
    ca: z.string().min(1).optional().describe('Its authority as PEM text, with url'),
    caFile: z.string().optional().describe('PEM file of its authority, with url'),
    certFile: z.string().optional().describe('PEM file of our client certificate, with url'),
    keyFile: z.string().optional().describe('PEM file of the key to certFile, with url'),
    insecureSkipTlsVerify: z.boolean().optional().describe('Accept any certificate, with url: only for tests'),
    kubeconfig: z.string().optional().describe('Path of the kubeconfig; default: KUBECONFIG, then ~/.kube/config'),
    context: z.string().optional().describe('Context in the kubeconfig'),
    inCluster: z.literal(true).optional().describe('Use the service account of the pod this runs in'),
    timeoutMs: z.number().int().min(100).max(300_000).optional().describe('Time-out of one question in milliseconds'),
  })
  .refine(({ url, context, inCluster }) => [url, context, inCluster].filter((one) => one !== undefined).length === 1, {
    error: 'needs exactly one of url, context and inCluster',
  })
  .refine((config) => config.url !== undefined || !urlOnly.some((name) => config[name] !== undefined), {
    error: 'token, tokenFile, ca, caFile, certFile, keyFile and insecureSkipTlsVerify go with url only',
  })
  .refine(({ token, tokenFile }) => token === undefined || tokenFile === undefined, {
    error: 'takes token or tokenFile, not both',
  })
  .refine(({ kubeconfig, context }) => kubeconfig === undefined || context !== undefined, {
    error: 'kubeconfig needs a context',
  })
  .describe('The Kubernetes API of this cluster')
export type KubernetesConfig = z.output<typeof kubernetesConfig>

const urlOnly = ['token', 'tokenFile', 'ca', 'caFile', 'certFile', 'keyFile', 'insecureSkipTlsVerify'] as const
