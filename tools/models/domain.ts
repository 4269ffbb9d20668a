import { defineDomain } from '#define'
import { checkModelFit } from './check-model-fit.tool.ts'
import { deleteDeployment } from './delete-deployment.tool.ts'
import { deployModel } from './deploy-model.tool.ts'
import { modelEvents } from './events.ts'
import { getDeployment } from './get-deployment.tool.ts'
import { getDeploymentLogs } from './get-deployment-logs.tool.ts'
import { getModel } from './get-model.tool.ts'
import { getServingMetrics } from './get-serving-metrics.tool.ts'
import { listDeployments } from './list-deployments.tool.ts'
import { listModels } from './list-models.tool.ts'
import { previewDeployment } from './preview-deployment.tool.ts'
import { followDeployments } from './reconcile.job.ts'
import { rollbackDeployment } from './rollback-deployment.tool.ts'
import { scaleDeployment } from './scale-deployment.tool.ts'
import { testDeployment } from './test-deployment.tool.ts'
import { updateDeployment } from './update-deployment.tool.ts'
import { watchDeployments } from './watch.job.ts'

export const modelsDomain = defineDomain({
  name: 'models',
  about: 'Models served on GPUs: catalogue, fit, deployments on NVIDIA Dynamo',
  // biome-ignore format: one line each, so that two branches that each add a line do not meet in one
  tools: [
    listModels,
    getModel,
    checkModelFit,
    previewDeployment,
    deployModel,
    listDeployments,
    getDeployment,
    getDeploymentLogs,
    getServingMetrics,
    scaleDeployment,
    testDeployment,
    updateDeployment,
    rollbackDeployment,
    deleteDeployment,
  ],
  jobs: [followDeployments, watchDeployments],
  events: modelEvents,
})
