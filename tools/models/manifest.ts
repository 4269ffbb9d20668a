import type { KubeObject } from '../clients/kubernetes/types.ts'
import type { Engine } from './catalogue.ts'
import type { DeploymentConfig } from './config.ts'
import { runtimeImage } from './runtimes/dynamo/names.ts'
import { dynamo } from './runtimes/dynamo/runtime.ts'

/** The newest runtime that was read about; `image` overrides it. */
export const defaultImage = (engine: Engine): string => runtimeImage(engine)

/** The DynamoGraphDeployment in the version that the cluster serves (MOD-029). */
export const deploymentManifest = (config: DeploymentConfig, version: 'v1beta1' | 'v1alpha1'): KubeObject =>
  dynamo.manifests(config, version)[0]!

/** A valid Kubernetes name from a model id (MOD-020): `Qwen/Qwen3-8B` → `qwen3-8b`. */
export const nameFor = (modelId: string): string =>
  (modelId.split('/').at(-1) ?? modelId)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
