import type { CardData } from '#contract'
import { at } from './moment.ts'

const diff = `--- current
+++ planned
@@ -1,4 +1,22 @@
 apiVersion: nvidia.com/v1alpha1
 kind: DynamoGraphDeployment
 metadata:
-  name: none
+  name: qwen3-8b
+  namespace: dynamo-system
+spec:
+  services:
+    Frontend:
+      replicas: 1
+    VllmDecodeWorker:
+      replicas: 1
+      resources:
+        limits:
+          gpu: "2"
+      extraPodSpec:
+        mainContainer:
+          args: ["--model", "Qwen/Qwen3-8B", "--tensor-parallel-size", "2"]`

export const exampleApproval: CardData['approval'] = {
  id: 'apr_7f31',
  tool: 'deploy_model',
  title: 'Deploy Qwen3-8B',
  risk: 'change',
  state: 'pending',
  plan: {
    summary: 'Serve Qwen/Qwen3-8B with vLLM on 2 GPUs in gpu-east, namespace dynamo-system.',
    verb: 'Deploy Qwen3-8B',
    steps: [
      { verb: 'create', target: 'DynamoGraphDeployment dynamo-system/qwen3-8b', detail: '1 frontend, 1 decode worker' },
      { verb: 'wait', target: 'worker ready', detail: 'downloads 16.4 GB of weights, about 4 minutes' },
    ],
    diff,
    checks: [
      { label: 'Fits on the GPUs', state: 'pass', detail: '16.4 GB weights + 12 GB cache in 2 × 80 GB' },
      { label: 'Free GPUs in gpu-east', state: 'pass', detail: '11 of 96 free' },
      { label: 'Quota of the namespace', state: 'warn', detail: '2 GPUs left after this' },
    ],
    impact: [
      { label: 'GPUs', value: '+2' },
      { label: 'Pods', value: '+2' },
    ],
    costPerHour: { amount: 598, currency: 'usd-cent' },
    rollback: 'delete_deployment qwen3-8b gives the GPUs back.',
    guard: { 'gpu-east/free': '11' },
    cluster: 'gpu-east',
  },
  askedBy: 'local owner',
  askedAt: at,
  expiresAt: new Date(Date.parse(at) + 15 * 60_000).toISOString(),
  persona: 'default',
}

export const exampleDanger: CardData['approval'] = {
  ...exampleApproval,
  id: 'apr_drain',
  tool: 'drain_node',
  title: 'Drain gpu-east-gpu-04',
  risk: 'danger',
  plan: {
    ...exampleApproval.plan,
    summary: 'Evict 14 pods from gpu-east-gpu-04 and keep new ones away.',
    verb: 'Drain gpu-east-gpu-04',
    diff: undefined,
    costPerHour: undefined,
    steps: [
      { verb: 'cordon', target: 'gpu-east-gpu-04' },
      { verb: 'evict', target: '14 pods', detail: '3 of them serve models' },
    ],
    checks: [{ label: 'Disruption budgets', state: 'fail', detail: 'llama-3.3-70b allows 0 disruptions' }],
    impact: [
      { label: 'Pods evicted', value: '14', tone: 'bad' },
      { label: 'GPUs idle', value: '8', tone: 'warn' },
    ],
    rollback: 'Uncordon the node; evicted pods stay where they were moved.',
    typedName: 'gpu-east-gpu-04',
  },
}
