import { xidInText, xidOf } from '../../gpu/service.ts'
import { type Check, type Evidence, event, logged } from '../check.ts'
import type { PodFacts } from '../facts.ts'

/** XIDs as DCGM, the events of pod and node, and the logs tell them. */
function xidsOf({ xids, events, nodeEvents, logs, fine }: PodFacts): { code: number; evidence: Evidence }[] {
  const measured = xids.map(({ gpu, code }) => ({
    code,
    evidence: { source: `DCGM, GPU ${gpu}`, text: `last XID ${code}` },
  }))
  if (fine) return measured
  const told = [...events, ...nodeEvents].flatMap((one) => {
    const found = xidInText(one.message)
    return found
      ? [
          {
            code: found.code,
            evidence: { source: `event ${one.reason} on ${one.object}`, text: one.message, at: one.at },
          },
        ]
      : []
  })
  const printed = logs.flatMap(({ container, lines }) =>
    lines.flatMap((line) => {
      const found = xidInText(line.text)
      return found
        ? [
            {
              code: found.code,
              evidence: { source: `log of ${container}`, text: line.text, ...(line.at && { at: line.at }) },
            },
          ]
        : []
    }),
  )
  return [...measured, ...told, ...printed]
}

const xidCheck =
  (hardware: boolean): Check['look'] =>
  (facts) => {
    const found = xidsOf(facts).filter(({ code }) => xidOf(code).hardware === hardware)
    const first = found[0]
    if (!first) return undefined
    const { meaning, action } = xidOf(first.code)
    return { evidence: found.map(({ evidence }) => evidence), values: { code: String(first.code), meaning, action } }
  }

/** GPUs and what runs on them. */
export const gpuChecks: Check[] = [
  {
    id: 'gpu-xid-hardware',
    severity: 'critical',
    title: 'XID {code}: {meaning}',
    cause: 'The driver reported a fault of the GPU or its connection, not of the program.',
    remedy: 'Cordon the node, then {action}. DCGM keeps the last XID until the driver is loaded again.',
    ask: 'Which other pods are on that GPU?',
    look: xidCheck(true),
  },
  {
    id: 'gpu-xid-application',
    severity: 'warning',
    title: 'XID {code}: {meaning}',
    cause: 'Mostly a fault of the program; the same on many jobs of one GPU points at the hardware.',
    remedy: 'To do: {action}. If it comes back on this GPU with other programs, treat it as hardware.',
    look: xidCheck(false),
  },
  logged(
    /CUDA out of memory|torch\.(cuda\.)?OutOfMemoryError|cudaErrorMemoryAllocation|CUDA error: out of memory|hipErrorOutOfMemory/i,
    {
      id: 'cuda-out-of-memory',
      title: 'The memory of the GPU is too small for {container}',
      cause:
        'Weights, activations and caches together need more than the GPU has, or another process holds part of it.',
      remedy:
        'Use more GPUs (tensor parallel), a smaller or quantised model, a shorter context, or lower gpu-memory-utilization.',
      ask: 'Does this model fit these GPUs?',
    },
  ),
  logged(
    /KV cache.{0,80}(larger than|exceeds).{0,60}available|No available memory for the cache blocks|larger than the maximum number of tokens that can be stored in KV cache/i,
    {
      id: 'kv-cache-too-small',
      title: 'Nothing is left on the GPU for the KV cache',
      cause: 'After the weights there is less memory than one request of the maximum length needs.',
      remedy: 'Lower --max-model-len, raise --gpu-memory-utilization, or use more GPUs.',
    },
  ),
  logged(
    /(World size|tensor.parallel.size).{0,60}(larger than|greater than|exceeds).{0,40}(available|number of).{0,20}GPUs?/i,
    {
      id: 'tensor-parallel-too-large',
      title: 'The program wants more GPUs than its pod has',
      cause: 'Tensor parallel size and the GPU request differ.',
      remedy: 'Make nvidia.com/gpu and --tensor-parallel-size the same.',
    },
  ),
  logged(
    /unrecognized arguments?: (?<what>[^\n]{1,120})|error: argument (?<argument>\S+): |no such option: (?<option>\S+)|unexpected keyword argument '(?<keyword>\w+)'/i,
    {
      id: 'argument-refused',
      title: '{container} refuses an argument of its command line',
      cause: 'This version of the program does not know it, or not with this value; the evidence names it.',
      remedy: 'Take it out of the arguments, or use an image whose version knows it.',
    },
  ),
  logged(
    /CUDA driver version is insufficient|no kernel image is available|forward compatibility was attempted|unsupported (display|CUDA) driver/i,
    {
      id: 'cuda-driver-too-old',
      title: 'Driver and CUDA of the image do not fit',
      cause: 'The image needs a newer driver, or has no code for this GPU.',
      remedy: 'Use an image for this CUDA version and GPU, or update the driver of the node.',
    },
  ),
  logged(/no CUDA-capable device|Found no NVIDIA driver|CUDA unknown error|libcuda\.so\.1: cannot open/i, {
    id: 'no-gpu-visible',
    title: 'The program sees no GPU',
    cause: 'The pod requests none, or the node did not hand one in.',
    remedy: 'Set nvidia.com/gpu in its limits; check runtimeClassName and the container toolkit.',
  }),
  event(['Failed', 'FailedCreatePodSandBox', 'BackOff'], /nvidia-container-cli|nvml error|failed to initialize NVML/i, {
    id: 'nvidia-runtime-failed',
    title: 'The GPU runtime of the node fails',
    cause: 'Driver and libraries differ, or the driver lost a GPU.',
    remedy: 'Run nvidia-smi on the node; reload the driver or reboot the node.',
  }),
  logged(/NCCL.{0,80}(timed? ?out|timeout)|Watchdog caught collective operation timeout/i, {
    id: 'nccl-timeout',
    title: 'A rank stopped answering its peers (NCCL)',
    cause:
      'One process died or hangs, or the network between the nodes fails; the others wait until the watchdog ends them.',
    remedy: 'Find the rank that stopped first in the logs of all pods; test the network between the nodes.',
  }),
  logged(/NCCL (WARN|error|ERROR)|ncclSystemError|ncclUnhandledCudaError|ncclInternalError|ncclRemoteError/i, {
    id: 'nccl-error',
    title: 'The GPUs cannot talk to each other (NCCL)',
    cause: 'Interface, InfiniBand, NVLink or shared memory is not usable as configured.',
    remedy: 'Run with NCCL_DEBUG=INFO; check NCCL_SOCKET_IFNAME, /dev/shm and peer access.',
  }),
  logged(
    /\/dev\/shm.{0,60}(no space|full|insufficient)|no space left on device.{0,60}\/dev\/shm|DataLoader worker .*(bus error|killed by signal)|insufficient shared memory/i,
    {
      id: 'shared-memory-full',
      title: '/dev/shm is full',
      cause: 'Containers get 64 MiB of it; data loaders and NCCL need more.',
      remedy: 'Mount an emptyDir with medium Memory on /dev/shm.',
    },
  ),
  logged(
    /(401|403) Client Error.{0,200}huggingface|gated repo|Access to model .{0,120}is restricted|GatedRepoError|awaiting a review from the repo authors/i,
    {
      id: 'model-gated',
      title: 'The model may not be downloaded: it is gated, or the token is wrong',
      cause: 'Hugging Face asks for a token of an account that accepted the licence.',
      remedy: 'Accept the licence, then put HF_TOKEN into the secret hf-token-secret of this namespace.',
    },
  ),
  logged(
    /RepositoryNotFoundError|404 Client Error.{0,200}huggingface|is not a local folder and is not a valid model identifier/i,
    {
      id: 'model-not-found',
      title: 'There is no model of this name',
      cause: 'The model id or revision is misspelt, or it is private.',
      remedy: 'Correct the id: owner/name as on the page of the model.',
    },
  ),
  logged(
    /(couldn't connect to|Failed to establish|Max retries exceeded|LocalEntryNotFoundError|offline mode).{0,160}(huggingface|hf\.co|cached files)|huggingface\.co.{0,120}(timed out|resolve|unreachable)/i,
    {
      id: 'model-hub-unreachable',
      title: 'The model hub cannot be reached',
      cause: 'The pod has no way to the internet, or needs a proxy.',
      remedy: 'Set a proxy or HF_ENDPOINT to a mirror, or mount the weights from a volume.',
    },
  ),
  logged(/(EngineDeadError|Engine core (initialization|proc).{0,40}(failed|died)|AsyncEngineDeadError)/i, {
    id: 'engine-dead',
    title: 'The serving engine died',
    cause: 'The frontend lives and its engine does not; the reason stands before this in the log.',
    remedy: 'Read the log above the first engine error.',
    fallback: true,
  }),
]

/** What programs of every kind print before they give up. */
export const logChecks: Check[] = [
  logged(
    /\benv(?:ironment)?[ _]var(?:iable)?s?\b.{0,60}(?:empty|not set|unset|missing|undefined|required)|(?:required|missing|undefined) env(?:ironment)?[ _]var/i,
    {
      id: 'variable-missing',
      title: 'A variable that {container} needs is not set',
      cause: 'The program reads its configuration from the environment, and this part of it is missing or empty.',
      remedy: 'Set it in env, or in the ConfigMap or Secret it comes from; the evidence names it.',
    },
  ),
  logged(/no space left on device|ENOSPC/i, {
    id: 'disk-full',
    title: 'The disk {container} writes to is full',
    cause: 'A volume, or the local disk of the node.',
    remedy: 'Clean up or enlarge it; model caches belong on a volume.',
  }),
  logged(/address already in use|EADDRINUSE/i, {
    id: 'port-in-use',
    title: 'The port of {container} is taken',
    cause: 'Two processes of the pod, or of the node with hostNetwork, want the same port.',
    remedy: 'Give one of them another port.',
  }),
  logged(
    /temporary failure in name resolution|no such host|ENOTFOUND|EAI_AGAIN|could not resolve host|Name or service not known/i,
    {
      id: 'name-not-resolved',
      title: '{container} cannot resolve a name',
      cause:
        'The name is wrong, the service does not exist, or cluster DNS is not reachable (a network policy without DNS?).',
      remedy: 'Check the name and the Service, then the DNS pods and egress rules.',
    },
  ),
  logged(/connection refused|ECONNREFUSED/i, {
    id: 'dependency-refused',
    title: '{container} is refused by something it depends on',
    cause: 'Nothing listens there: the other side is down or the port is wrong.',
    remedy: 'See which address it is in the evidence, and look at that service.',
  }),
  logged(
    /certificate (has expired|is not yet valid|verify failed)|x509: |CERT_HAS_EXPIRED|CERTIFICATE_VERIFY_FAILED/i,
    {
      id: 'certificate-problem',
      title: '{container} does not accept a certificate',
      cause: 'It has expired, or its authority is not trusted here.',
      remedy: 'Renew it, or mount the authority.',
    },
  ),
  logged(
    /ModuleNotFoundError: No module named '?(?<module>[\w.]+)|ImportError: .*cannot import|Cannot find module '?(?<name>[^'\s]+)/i,
    {
      id: 'module-missing',
      title: 'A module the program needs is not in its image',
      cause: 'The image was built without it, or with another version.',
      remedy: 'Rebuild the image with it.',
    },
  ),
  logged(
    /java\.lang\.OutOfMemoryError|JavaScript heap out of memory|(?<![\w.])MemoryError\b|std::bad_alloc|Cannot allocate memory/i,
    {
      id: 'heap-exhausted',
      title: '{container} ran out of its own memory',
      cause: 'The heap of the program is smaller than what it needs, whatever the container may use.',
      remedy: 'Raise the heap (and the limit above it), or find the leak.',
    },
  ),
  logged(
    /password authentication failed|Access denied for user|authentication failed|invalid (username|credentials)|\b401 Unauthorized/i,
    {
      id: 'credentials-refused',
      title: 'What {container} depends on refuses its credentials',
      cause: 'A secret was changed on one side only, or the pod still has the old one.',
      remedy: 'Compare when the secret changed and when the pod started; restart it after a change.',
    },
  ),
  logged(
    /\bforbidden: User "?(?<user>system:serviceaccount:[^"\s]+)"? cannot (?<verb>\w+) resource "?(?<resource>[^"\s]+)/i,
    {
      id: 'rbac-denied',
      title: 'The account of the pod may not {verb} {resource}',
      cause: 'No role gives {user} this right.',
      remedy: 'Add the verb to its Role or ClusterRole.',
    },
  ),
  logged(/permission denied|EACCES|Read-only file system|EROFS/i, {
    id: 'file-permission',
    title: '{container} may not read or write a file',
    cause: 'The user of the container does not own it, or the file system is read-only.',
    remedy: 'Set fsGroup or runAsUser, or write to a volume.',
  }),
  logged(/^\s*(\S+ ){0,6}\(?(ERROR|FATAL|CRITICAL|panic:|Exception|Traceback)\b/i, {
    id: 'last-error-in-log',
    severity: 'info',
    title: 'The last error {container} printed',
    cause: 'No other check knows this line.',
    remedy: 'Read the lines around it: get_pod_logs.',
    fallback: true,
  }),
]
