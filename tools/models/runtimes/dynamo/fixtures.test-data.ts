import { parse } from 'yaml'
import type { KubeObject } from '../../../clients/kubernetes/types.ts'

/** Graphs as people write them: shell lines, variables, both versions, charts. Made by hand. */
export const graphs: Record<string, KubeObject> = Object.fromEntries(
  Object.entries({
    'a shell line with a variable, kept by Helm': `
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata:
  name: team-chat
  namespace: serving
  labels: { app.kubernetes.io/managed-by: Helm }
spec:
  env: [{ name: MODEL_ID, value: Qwen/Qwen3-32B }]
  components:
  - name: Frontend
    type: frontend
    podTemplate: { spec: { containers: [{ name: main, image: registry.example/vllm-runtime:1.6.0 }] } }
  - name: Workers
    type: worker
    replicas: 4
    podTemplate:
      spec:
        containers:
        - name: log-shipper
          image: registry.example/shipper:2
        - name: main
          image: registry.example/vllm-runtime:1.6.0
          command: [/bin/sh, -c]
          args: ["exec python3 -m dynamo.vllm --model $(MODEL_ID) --served-model-name chat -tp 2"]
          resources: { limits: { nvidia.com/gpu: 2, memory: 100Gi } }`,
    'several nodes, prefill apart, a planner': `
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata:
  name: wide
  namespace: serving
  annotations: { argocd.argoproj.io/tracking-id: "serving:nvidia.com/DynamoGraphDeployment:serving/wide" }
spec:
  backendFramework: sglang
  components:
  - { name: entry, type: frontend, replicas: 2, podTemplate: { spec: { containers: [{ name: main, image: r/sglang-runtime:1.6.0 }] } } }
  - { name: planner, type: planner, podTemplate: { spec: { containers: [{ name: main, image: r/dynamo-planner:1.6.0 }] } } }
  - name: prefill
    type: prefill
    replicas: 2
    podTemplate: { spec: { containers: [{ name: main, image: r/sglang-runtime:1.6.0, command: [python3, -m, dynamo.sglang],
      args: [--model-path, deepseek-ai/DeepSeek-V3, --tp, "8"], resources: { limits: { nvidia.com/gpu: "8" } } }] } }
  - name: decode
    type: decode
    multinode: { nodeCount: 4 }
    podTemplate: { spec: { containers: [{ name: main, image: r/sglang-runtime:1.6.0, command: [python3, -m, dynamo.sglang],
      args: [--model-path, deepseek-ai/DeepSeek-V3, --tp, "32"], resources: { limits: { nvidia.com/gpu: "8" } } }] } }`,
    'the older version with flags of its time': `
apiVersion: nvidia.com/v1alpha1
kind: DynamoGraphDeployment
metadata: { name: older, namespace: serving, labels: { kustomize.toolkit.fluxcd.io/name: serving } }
spec:
  services:
    Frontend: { dynamoNamespace: older, componentType: frontend, replicas: 1 }
    VllmPrefillWorker:
      componentType: worker
      envFromSecret: hf-token-secret
      replicas: 2
      resources: { requests: { gpu: "1" }, limits: { gpu: "1" } }
      extraPodSpec: { mainContainer: { image: r/vllm-runtime:1.0.0, command: [python3, -m, dynamo.vllm],
        args: [--model, meta-llama/Llama-3.1-8B-Instruct, --is-prefill-worker] } }
    VllmDecodeWorker:
      componentType: worker
      replicas: 3
      resources: { limits: { custom: { nvidia.com/gpu: "4" } } }
      extraPodSpec: { mainContainer: { image: r/vllm-runtime:1.0.0, command: [python3, -m, dynamo.vllm],
        args: [--model, meta-llama/Llama-3.1-8B-Instruct, --is-decode-worker] } }`,
    'a mocker without GPUs': `
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata: { name: pretend, namespace: serving }
spec:
  components:
  - { name: Frontend, type: frontend, podTemplate: { spec: { containers: [{ name: main, image: r/dynamo-planner:1.6.0 }] } } }
  - { name: mock, type: worker, podTemplate: { spec: { containers: [{ name: main, image: r/dynamo-planner:1.6.0,
      command: [python3, -m, dynamo.mocker], args: [--model-path, Qwen/Qwen3-0.6B, --model-name, tiny] }] } } }`,
  }).map(([title, yaml]) => [title, parse(yaml) as KubeObject]),
)
