import { defineDomain } from '#define'
import { checkModelFit } from './check-model-fit.tool.ts'
import { deployModel } from './deploy-model.tool.ts'
import { modelEvents } from './events.ts'
import { listDeployments } from './list-deployments.tool.ts'
import { listModels } from './list-models.tool.ts'
import { followDeployments } from './reconcile.job.ts'
import { scaleDeployment } from './scale-deployment.tool.ts'

export const modelsDomain = defineDomain({
  name: 'models',
  about: 'Models served on GPUs: catalogue, fit, deployments on NVIDIA Dynamo',
  tools: [listModels, checkModelFit, deployModel, listDeployments, scaleDeployment],
  jobs: [followDeployments],
  events: modelEvents,
})
