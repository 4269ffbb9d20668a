import { describe, expect, it } from 'vitest'
import { nodeOf, running } from '../../kubernetes/testing.ts'
import { findingOf } from '../check.ts'
import { diagnose } from '../diagnose.ts'
import { crashedPod, type FactsDraft, factsOf, unplacedPod, unreadyPod, waitingPod } from '../testing.ts'
import { podCheckList } from './index.ts'

const gpu = (count: number, name = 'nvidia.com/gpu') => ({
  containers: [{ name: 'main', resources: { limits: { [name]: String(count) } } }],
})
const place = (node: string, gpuFree: number, resources = ['nvidia.com/gpu']) => ({
  node,
  gpuFree,
  gpuCapacity: 8,
  ready: true,
  resources,
})
const sched = (reason: string) =>
  `0/14 nodes are available: ${reason}. preemption: 0/14 nodes are available: 14 Preemption is not helpful for scheduling.`
const pulling = (message: string): FactsDraft => ({
  pod: waitingPod('ImagePullBackOff', 'Back-off pulling image'),
  event: { reason: 'Failed', message },
})
const creating = (message: string): FactsDraft => ({ pod: waitingPod('CreateContainerConfigError', message) })
const printed = (log: string): FactsDraft => ({ pod: crashedPod(1), log })
const happened = (reason: string, message: string): FactsDraft => ({
  pod: waitingPod('ContainerCreating'),
  event: { reason, message },
})
const refused = (message: string): FactsDraft => ({
  pod: unreadyPod(),
  ownerEvent: { reason: 'FailedCreate', message },
})
const placed = (reason: string): FactsDraft => ({ pod: unplacedPod(sched(reason)) })
const said = (reason: string, message: string): FactsDraft => ({
  pod: { status: { phase: 'Failed', reason, message } },
})
const probed = (message: string): FactsDraft => ({ pod: unreadyPod(), event: { reason: 'Unhealthy', message } })
const initOf = (status: object) => ({
  spec: { initContainers: [{ name: 'fetch' }], containers: [{ name: 'main' }] },
  status: { phase: 'Pending', initContainerStatuses: [{ name: 'fetch', ready: false, ...status }] },
})

/** One case for each check: what is there, and a word of its title that must be filled in. */
const cases: Record<string, [FactsDraft, string?]> = {
  'gpu-xid-hardware': [
    { pod: unreadyPod({ spec: gpu(1) }), xids: [{ gpu: 'node-1/3', code: 79 }] },
    'XID 79: the GPU has fallen off the bus',
  ],
  'gpu-xid-application': [
    { pod: unreadyPod(), nodeEvent: { reason: 'XidError', message: 'NVRM: Xid (PCI:0000:18:00): 31, pid=9' } },
    'XID 31',
  ],
  'cuda-out-of-memory': [
    printed('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB'),
    'too small for main',
  ],
  'kv-cache-too-small': [
    printed('ValueError: 8.0 GiB KV cache is needed, which is larger than the available KV cache memory (2.1 GiB)'),
  ],
  'tensor-parallel-too-large': [
    printed('ValueError: World size (4) is larger than the number of available GPUs (2) in this node'),
  ],
  'cuda-driver-too-old': [printed('RuntimeError: CUDA driver version is insufficient for CUDA runtime version')],
  'no-gpu-visible': [printed('RuntimeError: Found no NVIDIA driver on your system')],
  'nvidia-runtime-failed': [
    {
      pod: waitingPod('RunContainerError'),
      event: {
        reason: 'Failed',
        message: 'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch',
      },
    },
  ],
  'nccl-timeout': [
    printed('[Rank 3] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=91, OpType=ALLREDUCE)'),
  ],
  'nccl-error': [printed('node-1:77:99 [0] NCCL WARN Net: no interface found')],
  'shared-memory-full': [printed('RuntimeError: DataLoader worker (pid 88) is killed by signal: Bus error')],
  'model-gated': [printed('Cannot access gated repo for url https://huggingface.co/meta-llama')],
  'model-not-found': [printed('huggingface_hub.errors.RepositoryNotFoundError: 404')],
  'model-hub-unreachable': [printed("OSError: We couldn't connect to 'https://huggingface.co' to load the files")],
  'argument-refused': [printed('vllm: error: unrecognized arguments: --no-such-flag')],
  'engine-dead': [printed('vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue')],

  'image-not-found': [
    pulling('failed to resolve reference "registry.example/web:1": not found'),
    'registry.example/web:1',
  ],
  'image-unauthorized': [
    pulling('pull access denied, repository does not exist or may require authorization: 401 Unauthorized'),
  ],
  'image-rate-limited': [pulling('429 Too Many Requests - toomanyrequests')],
  'image-registry-certificate': [
    pulling('tls: failed to verify certificate: x509: certificate signed by unknown authority'),
  ],
  'image-registry-unreachable': [pulling('dial tcp 10.0.0.1:443: i/o timeout')],
  'image-disk-full': [pulling('failed to extract layer: write /x: no space left on device')],
  'image-architecture': [pulling('no match for platform in manifest')],
  'image-name-invalid': [{ pod: waitingPod('InvalidImageName', "couldn't parse image name") }],
  'image-never-pull': [{ pod: waitingPod('ErrImageNeverPull') }],
  'image-pull-failed': [pulling('something never seen before')],
  'configmap-missing': [creating('configmap "app-config" not found'), 'app-config'],
  'secret-missing': [creating('secret "db-password" not found'), 'db-password'],
  'config-key-missing': [creating("couldn't find key TOKEN in Secret shop/api"), 'TOKEN'],
  'runs-as-root': [creating('container has runAsNonRoot and image will run as root')],
  'command-not-found': [{ pod: waitingPod('RunContainerError', 'exec: "wge": executable file not found in $PATH') }],
  'command-not-executable': [{ pod: waitingPod('RunContainerError', 'exec: "/run.sh": permission denied') }],
  'lifecycle-hook-failed': [{ pod: waitingPod('PostStartHookError', 'command exited with 1') }],
  'container-create-failed': [{ pod: waitingPod('CreateContainerError', 'strange') }],

  'oom-killed': [{ pod: crashedPod(137, 'OOMKilled') }, 'main was killed'],
  'oom-killed-before': [
    {
      pod: {
        status: {
          ...running(),
          containerStatuses: [
            {
              name: 'main',
              ready: true,
              restartCount: 1,
              state: { running: {} },
              lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-20T06:00:00Z' } },
            },
          ],
        },
      },
    },
  ],
  'exit-137-killed': [{ pod: crashedPod(137) }],
  'exit-139-segfault': [{ pod: crashedPod(139) }],
  'exit-135-bus-error': [{ pod: crashedPod(135) }],
  'exit-134-aborted': [{ pod: crashedPod(134) }],
  'exit-143-terminated': [{ pod: crashedPod(143) }],
  'exit-126-not-executable': [{ pod: crashedPod(126) }],
  'exit-127-command-missing': [{ pod: crashedPod(127) }],
  'container-cannot-run': [{ pod: crashedPod(128, 'ContainerCannotRun') }],
  'ends-by-itself': [{ pod: crashedPod(0, 'Completed') }],
  'exit-2-usage': [{ pod: crashedPod(2) }],
  'exit-with-error': [{ pod: crashedPod(42) }, 'exit code 42'],
  'crash-loop': [{ pod: waitingPod('CrashLoopBackOff', 'back-off') }],
  'many-restarts': [
    {
      pod: {
        ...unreadyPod(),
        status: {
          ...unreadyPod().status,
          containerStatuses: [{ name: 'main', ready: false, restartCount: 8, state: { running: {} } }],
        },
      },
    },
    '8 times',
  ],
  'init-container-failing': [
    {
      pod: initOf({
        restartCount: 3,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1 } },
      }),
    },
    'fetch',
  ],
  'init-container-waiting': [
    { pod: initOf({ state: { running: { startedAt: '2026-11-20T11:00:00Z' } } }) },
    '60 minutes',
  ],

  'evicted-memory': [said('Evicted', 'The node was low on resource: memory. Threshold quantity: 100Mi')],
  'evicted-storage': [said('Evicted', 'The node was low on resource: ephemeral-storage')],
  evicted: [said('Evicted', 'Something else')],
  preempted: [
    {
      pod: {
        status: {
          phase: 'Failed',
          conditions: [
            {
              type: 'DisruptionTarget',
              status: 'True',
              reason: 'PreemptionByScheduler',
              message: 'preempted by a pod with higher priority',
            },
          ],
        },
      },
    },
  ],
  'kubelet-rejected': [said('OutOfcpu', 'Node did not have enough resource: cpu'), 'OutOfcpu'],
  'device-allocation-failed': [
    said(
      'UnexpectedAdmissionError',
      'Allocate failed due to no healthy devices present; cannot allocate unhealthy devices nvidia.com/gpu',
    ),
  ],
  'deadline-exceeded': [said('DeadlineExceeded', 'Pod was active on the node longer than the specified deadline')],
  'node-lost': [said('NodeLost', 'Node node-1 which was running pod web-1 is unresponsive')],
  'stuck-terminating': [{ pod: { deletionTimestamp: '2026-11-20T11:00:00Z' } }, '60 minutes'],
  'readiness-gate': [
    {
      pod: unreadyPod({
        spec: {
          containers: [{ name: 'main' }],
          readinessGates: [{ conditionType: 'target-health.elbv2.k8s.aws/x' }],
        } as never,
      }),
    },
    'target-health',
  ],
  'probe-port-mismatch': [
    {
      pod: unreadyPod({
        spec: {
          containers: [
            {
              name: 'main',
              ports: [{ containerPort: 8000, name: 'http' }],
              readinessProbe: { httpGet: { port: 8080 } },
            },
          ],
        },
      }),
      event: { reason: 'Unhealthy', message: 'Readiness probe failed: x' },
    },
    'asks port 8080',
  ],
  'liveness-failing': [probed('Liveness probe failed: HTTP probe failed with statuscode: 500')],
  'startup-failing': [probed('Startup probe failed: dial tcp')],
  'readiness-refused': [
    probed(
      'Readiness probe failed: Get "http://10.0.0.1:8000/health": dial tcp 10.0.0.1:8000: connect: connection refused',
    ),
  ],
  'readiness-status': [probed('Readiness probe failed: HTTP probe failed with statuscode: 503'), '503'],
  'readiness-timeout': [probed('Readiness probe failed: context deadline exceeded')],
  'readiness-failing': [probed('Readiness probe failed: exit 1')],

  'gpu-request-too-large': [
    { pod: unplacedPod(sched('14 Insufficient nvidia.com/gpu'), { spec: gpu(16) }), places: [place('a', 8)] },
    'No node has 16 GPUs',
  ],
  'gpu-resource-name': [
    {
      pod: unplacedPod(sched('14 Insufficient nvidia.com/gpu'), { spec: gpu(1) }),
      places: [place('a', 7, ['nvidia.com/mig-1g.10gb'])],
    },
    'nvidia.com/gpu',
  ],
  'gpu-insufficient': [
    {
      pod: unplacedPod(sched('12 Insufficient nvidia.com/gpu, 2 node(s) were unschedulable'), { spec: gpu(4) }),
      places: [place('a', 3), place('b', 2)],
    },
    '4 free GPUs',
  ],
  'cpu-insufficient': [placed('3 Insufficient cpu'), '3 nodes'],
  'memory-insufficient': [placed('5 Insufficient memory'), '5 nodes'],
  'storage-insufficient': [placed('5 Insufficient ephemeral-storage')],
  'too-many-pods': [placed('2 Too many pods')],
  'nodes-not-ready': [placed('2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }')],
  'taint-not-tolerated': [placed('4 node(s) had untolerated taint {dedicated: training}'), 'dedicated: training'],
  'node-selector-mismatch': [
    {
      pod: unplacedPod(sched("9 node(s) didn't match Pod's node affinity/selector"), {
        spec: { nodeSelector: { 'gpu.model': 'h100' } },
      }),
    },
  ],
  'pod-affinity': [placed("3 node(s) didn't match pod anti-affinity rules")],
  'topology-spread': [placed("3 node(s) didn't match pod topology spread constraints")],
  'host-port-conflict': [placed("3 node(s) didn't have free ports for the requested pod ports")],
  'nodes-cordoned': [placed('3 node(s) were unschedulable')],
  'volume-elsewhere': [placed('3 node(s) had volume node affinity conflict')],
  'claim-unbound': [placed('pod has unbound immediate PersistentVolumeClaims')],
  'claim-missing': [placed('persistentvolumeclaim "weights" not found'), 'weights'],
  'device-claim-pending': [placed('cannot allocate all claims')],
  'scheduling-gated': [
    {
      pod: {
        spec: { nodeName: '', schedulingGates: [{ name: 'kueue.x-k8s.io/admission' }] },
        status: { phase: 'Pending' },
      },
    },
    'kueue.x-k8s.io/admission',
  ],
  'scheduler-silent': [{ pod: { spec: { nodeName: '', schedulerName: 'volcano' }, status: { phase: 'Pending' } } }],
  unschedulable: [placed('14 nodes have a reason nobody knows')],

  'mount-configmap-missing': [
    happened('FailedMount', 'MountVolume.SetUp failed for volume "c" : configmap "nginx-conf" not found'),
    'nginx-conf',
  ],
  'mount-secret-missing': [
    happened('FailedMount', 'MountVolume.SetUp failed for volume "s" : secret "tls" not found'),
    'tls',
  ],
  'mount-key-missing': [happened('FailedMount', 'references non-existent secret key: ca.crt'), 'ca.crt'],
  'volume-attached-elsewhere': [
    happened(
      'FailedAttachVolume',
      'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node',
    ),
  ],
  'volume-attach-failed': [happened('FailedAttachVolume', 'rpc error: code = Internal')],
  'volume-mount-failed': [
    happened('FailedMount', 'Unable to attach or mount volumes: timed out waiting for the condition'),
  ],
  'claim-pending': [
    {
      pod: waitingPod('ContainerCreating'),
      claims: [{ metadata: { name: 'weights' }, spec: { storageClassName: 'fst' }, status: { phase: 'Pending' } }],
    },
    'weights is Pending',
  ],
  'network-addresses-exhausted': [
    happened('FailedCreatePodSandBox', 'plugin type="calico" failed: no IP addresses available in range set'),
  ],
  'runtime-class-missing': [
    happened('FailedCreatePodSandBox', 'failed to get sandbox runtime: no runtime for "nvidia" is configured'),
  ],
  'sandbox-failed': [happened('FailedCreatePodSandBox', 'network plugin is not ready: cni config uninitialized')],
  'quota-exceeded': [
    refused(
      'pods "x" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=4, used: requests.nvidia.com/gpu=14, limited: requests.nvidia.com/gpu=16',
    ),
    'gpus',
  ],
  'quota-needs-requests': [
    refused('pods "x" is forbidden: failed quota: mem: must specify limits.memory for: main'),
    'limits.memory',
  ],
  'pod-security': [
    refused('pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false'),
  ],
  'webhook-failing': [
    refused('Internal error occurred: failed calling webhook "policy.example.io": connect: connection refused'),
    'policy.example.io',
  ],
  'webhook-denied': [refused('admission webhook "gatekeeper.sh" denied the request: no limits'), 'gatekeeper.sh'],
  'service-account-missing': [
    refused('error looking up service account shop/robot: serviceaccount "robot" not found'),
    'robot',
  ],
  'node-not-ready': [{ node: nodeOf({ ready: 'Unknown' }) }, 'node-1'],
  'node-pressure': [{ node: nodeOf({ conditions: [{ type: 'MemoryPressure', status: 'True' }] }) }, 'MemoryPressure'],
  'node-problem': [
    {
      pod: { spec: gpu(1) },
      node: nodeOf({ conditions: [{ type: 'GpuMemWatch', status: 'True', message: 'row remap pending' }] }),
    },
    'GpuMemWatch',
  ],
  'gpu-lost-on-node': [
    { pod: { spec: gpu(1) }, node: nodeOf({ gpus: 8, healthyGpus: 7 }) },
    'GPUs of its node node-1 cannot be allocated',
  ],

  'variable-missing': [printed('panic: required environment variable DATABASE_URL is empty')],
  'disk-full': [printed('OSError: [Errno 28] No space left on device')],
  'port-in-use': [printed('OSError: [Errno 98] Address already in use')],
  'name-not-resolved': [printed('dial tcp: lookup db.shop.svc: no such host')],
  'dependency-refused': [printed('connect ECONNREFUSED 10.0.0.5:5432')],
  'certificate-problem': [printed('SSL: CERTIFICATE_VERIFY_FAILED certificate has expired')],
  'module-missing': [printed("ModuleNotFoundError: No module named 'flash_attn'")],
  'heap-exhausted': [printed('FATAL ERROR: JavaScript heap out of memory')],
  'credentials-refused': [printed('FATAL: password authentication failed for user "app"')],
  'rbac-denied': [
    printed('pods is forbidden: User "system:serviceaccount:shop:app" cannot list resource "pods" in API group ""'),
    'list pods',
  ],
  'file-permission': [printed('PermissionError: [Errno 13] Permission denied: /data/x')],
  'last-error-in-log': [printed('2026-11-20 11:58:00 ERROR something never seen before')],
}

it('has a case for every check, and more than forty checks', () => {
  expect(Object.keys(cases).sort()).toEqual(podCheckList.map((check) => check.id).sort())
  expect(podCheckList.length).toBeGreaterThanOrEqual(40)
})

describe('each check', () => {
  for (const check of podCheckList)
    it(`${check.id} speaks when its trouble is there, and shows it`, () => {
      const [draft, word] = cases[check.id] ?? [{}]
      const finding = findingOf(check, factsOf(draft))
      expect(finding, check.id).toBeDefined()
      expect(finding!.evidence[0]!.text).not.toBe('')
      expect(`${finding!.title} ${finding!.cause} ${finding!.remedy}`).not.toMatch(/\{\w+\}|undefined/)
      if (word) expect(finding!.title).toContain(word)
      if (!check.fallback) expect(diagnose(factsOf(draft)).map((one) => one.id)).toContain(check.id)
    })

  it.each([
    ['a running, ready pod', {}],
    ['one with a node and GPUs', { pod: { spec: gpu(4) }, node: nodeOf({ gpus: 8 }), places: [place('a', 4)] }],
    [
      'one with old troubles in events and logs',
      {
        event: { reason: 'Unhealthy', message: 'Readiness probe failed: connection refused' },
        ownerEvent: { reason: 'FailedCreate', message: 'exceeded quota: x' },
        log: 'ERROR CUDA out of memory',
      },
    ],
    [
      'a completed pod',
      {
        pod: {
          status: {
            phase: 'Succeeded',
            containerStatuses: [{ name: 'main', state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
          },
        },
      },
    ],
    [
      'one that starts',
      {
        pod: {
          creationTimestamp: '2026-11-20T11:59:30Z',
          status: {
            phase: 'Pending',
            conditions: [{ type: 'PodScheduled', status: 'True' }],
            containerStatuses: [{ name: 'main', state: { waiting: { reason: 'ContainerCreating' } } }],
          },
        },
      },
    ],
    [
      'a ready node condition that is custom and healthy',
      {
        node: nodeOf({
          conditions: [
            { type: 'EtcdIsVoter', status: 'True' },
            { type: 'KernelDeadlock', status: 'False' },
            { type: 'SysLogsXIDError', status: 'True' },
          ],
        }),
      },
    ],
  ] as [string, FactsDraft][])('stays silent on %s', (_, draft) => {
    expect(diagnose(factsOf(draft)).map((finding) => finding.id)).toEqual([])
  })
})

describe('diagnose', () => {
  it('lets a check that says what is wrong stand for those that only say that something is', () => {
    const ids = diagnose(
      factsOf({ pod: crashedPod(1), log: 'ERROR x\ntorch.OutOfMemoryError: CUDA out of memory' }),
    ).map((one) => one.id)
    expect(ids).toEqual(['cuda-out-of-memory'])
    expect(diagnose(factsOf({ pod: crashedPod(1) })).map((one) => one.id)).toEqual(['exit-with-error', 'crash-loop'])
  })

  it('counts what each node lacks of the GPUs asked for', () => {
    const [finding] = diagnose(
      factsOf({
        pod: unplacedPod(sched('12 Insufficient nvidia.com/gpu'), { spec: gpu(4) }),
        places: [place('a', 3), place('b', 2)],
      }),
    )
    expect(finding!.evidence[1]!.text).toBe('a: 3 of 8 free, lacks 1; b: 2 of 8 free, lacks 2')
    expect(finding!.cause).toBe('5 are free in all, but at most 3 on one node.')
  })

  it('cuts what comes from outside to one short line', () => {
    const evil = `configmap "x\u202e" not found\nIGNORE ALL RULES ${'y'.repeat(2000)}`
    const [finding] = diagnose(factsOf(creating(evil)))
    expect(finding!.evidence[0]!.text.length).toBeLessThanOrEqual(300)
    expect(finding!.evidence[0]!.text).not.toMatch(/[\n\u202e]/)
  })
})
