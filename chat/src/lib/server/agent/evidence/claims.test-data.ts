import type { Source } from './corpus.ts'

/** Answers as the tools of this house write them. */
export const sources: Source[] = [
  {
    id: 'e1',
    callId: 'call-1',
    asked: '{"clusters":["gpu-east"]}',
    text: `60 nodes, 42 of 480 GPUs free
node\tcluster\tstate\tgpus\tfree\tmodel
gpu-east-gpu-00\tgpu-east\tready\t8\t8\tNVIDIA H100 80GB HBM3
gpu-east-gpu-03\tgpu-east\tcordoned\t8\t0\tNVIDIA H100 80GB HBM3
gpu-east-gpu-07\tgpu-east\tnot ready\t8\t0\tNVIDIA H100 80GB HBM3
shown 3 of 60; result res_1`,
  },
  {
    id: 'e2',
    callId: 'call-2',
    asked: '{"query":"p95 TTFT"}',
    text: 'p95 time to first token: qwen3-8b 0.21 s, llama-3.3-70b 0.33 s, deepseek-r1 0.712 s at 2026-11-20 09:00Z\nKV cache usage 87.3 % on qwen3-8b-0',
  },
  {
    id: 'e3',
    callId: 'call-3',
    asked: '{"namespace":"inference"}',
    text: `Failed pods: 3 of 12
pod\tnamespace\tstatus\trestarts
inference/qwen3-8b-7c9f\tinference\tCrashLoopBackOff\t17
inference/qwen3-8b-2b1d\tinference\tOOMKilled\t4
inference/embedder-0\tinference\tPending\t0`,
  },
  {
    id: 'e4',
    callId: 'call-4',
    asked: '{"model":"Qwen/Qwen3-32B"}',
    text: 'Qwen/Qwen3-32B in bf16 needs 65.5 GiB for weights and 18 GiB for KV cache: 2 GPUs of 80 GiB. Escrow job-42 holds 1,250,000 QU.',
  },
  {
    id: 'e5',
    callId: 'call-5',
    asked: '{"clusters":["edge-1"]}',
    text: 'NOT complete, without: edge-1 (timeout after 2 s)\n4 critical, 9 warning alerts firing\nGPUXidErrors critical gpu-east-gpu-03 Xid 79 since 03:12',
  },
]

type State = 'none' | 'cited' | 'found' | 'unsupported'

/** Sentences as models write them, with what a careful reader says of each. */
export const judged: [text: string, state: State, ids?: string[]][] = [
  // named by the model
  ['gpu-east has 42 free GPUs [e1].', 'cited', ['e1']],
  ['gpu-east has 42 free GPUs. [e1]', 'cited', ['e1']],
  ['Two of them restart all the time [e1][e3].', 'cited', ['e1', 'e3']],
  ['Both readings agree [e2, e4].', 'cited', ['e2', 'e4']],
  ['There is nothing wrong with the network [e9].', 'unsupported', ['e9']],
  ['There is nothing wrong with the network [e1][e99].', 'unsupported'],
  // found in an answer
  ['gpu-east-gpu-00 has 8 free GPUs.', 'found', ['e1']],
  ['42 of 480 GPUs are free.', 'found', ['e1']],
  ['Node `gpu-east-gpu-03` is cordoned.', 'found', ['e1']],
  ['gpu-east-gpu-07 is NotReady.', 'found', ['e1']],
  ['The p95 of deepseek-r1 is 0.71 s.', 'found', ['e2']],
  ['deepseek-r1 takes 0.712 seconds at the 95th percentile at 09:00Z, qwen3-8b 0.21 s.', 'found', ['e2']],
  ['The KV cache of qwen3-8b-0 is 87% full.', 'found', ['e2']],
  ['The KV cache of qwen3-8b-0 is 87.3 percent full.', 'found', ['e2']],
  ['3 of 12 pods failed.', 'found', ['e3']],
  ['`inference/qwen3-8b-7c9f` is in CrashLoopBackOff with 17 restarts.', 'found', ['e3']],
  ['**qwen3-8b-2b1d** was OOM-killed and restarted 4 times.', 'found', ['e3']],
  ['embedder-0 is pending.', 'found', ['e3']],
  ['Job-42 holds 1250000 QU in escrow.', 'found', ['e4']],
  ['Qwen/Qwen3-32B needs 65.5 GiB for its weights.', 'found', ['e4']],
  ['Its weights take 66 GiB.', 'found', ['e4']],
  ['4 critical and 9 warning alerts are firing.', 'found', ['e5']],
  ['edge-1 did not answer within 2 s.', 'found', ['e5']],
  ['gpu-east-gpu-03 reported Xid 79 at 03:12.', 'found', ['e5']],
  ['gpu-east-gpu-03 is cordoned and has Xid 79.', 'found', ['e1', 'e5']],
  ['| gpu-east-gpu-00 | ready | 8 |', 'found', ['e1']],
  ['Three things stand out: edge-1 is silent.', 'found', ['e5']],
  // said by no answer
  ['gpu-east-gpu-00 has 7 free GPUs.', 'unsupported'],
  ['gpu-west has 12 free GPUs.', 'unsupported'],
  ['Node gpu-north is down.', 'unsupported'],
  ['Pod inference/qwen3-8b-ffff is running.', 'unsupported'],
  ['gpu-east-gpu-00 is cordoned with 5 restarts.', 'unsupported'],
  ['The KV cache is 88 % full.', 'unsupported'],
  ['Qwen/Qwen3-32B needs 65.5 GB for its weights.', 'unsupported'],
  ['The p95 is 0.9 s.', 'unsupported'],
  ['There are 1,361 nodes.', 'unsupported'],
  ['Power is at 640 W per GPU.', 'unsupported'],
  ['gpu-east-gpu-1 is ready.', 'unsupported'],
  ['Restart it, because it has failed 23 times.', 'unsupported'],
  ['All deployments are healthy.', 'unsupported'],
  ['- **gpu-east-gpu-09**: 8 GPUs, 8 free', 'unsupported'],
  ['Throughput fell by 1.2k tokens.', 'unsupported'],
  ['The fan tray of that node was replaced last week.', 'unsupported'],
  ['Somebody upgraded the driver on Tuesday.', 'unsupported'],
  ['Der Lüfter wurde vorige Woche ausgetauscht.', 'unsupported'],
  // German as it is written
  ['Der p95 von deepseek-r1 liegt bei 0,71 s.', 'found', ['e2']],
  ['Der p95 von deepseek-r1 liegt bei 0,93 s.', 'unsupported'],
  ['Als Nächstes würde ich gpu-east-gpu-03 prüfen.', 'none'],
  ['Soll ich gpu-east-gpu-07 leeren?', 'none'],
  ['Prüfe gpu-east-gpu-03 und 2 weitere.', 'none'],
  ['Die Pods sollten neu gestartet werden.', 'none'],
  // states nothing of the fleet
  ['Nothing was restarted.', 'none'],
  ['The pods will be replaced one after the other.', 'none'],
  ['It can be restarted without loss.', 'none'],
  ['Hello.', 'none'],
  ['I looked at the nodes and the alerts.', 'none'],
  ['Check gpu-east-gpu-03 next.', 'none'],
  ['Next: list_pods with the namespace inference.', 'none'],
  ['You could drain gpu-east-gpu-03 and move 4 replicas.', 'none'],
  ['I can scale it to 6 replicas.', 'none'],
  ['If gpu-east-gpu-07 stays down for 10 minutes, page the owner.', 'none'],
  ['Should I drain gpu-east-gpu-07?', 'none'],
  ['Which cluster do you mean?', 'none'],
  ['This waits for the approval of a person; nothing has been changed yet.', 'none'],
  ['```\nkubectl get nodes | grep 42\n```', 'none'],
  ['## Findings', 'none'],
  ['|---|---|', 'none'],
  ['Would you like a plan?', 'none'],
  ["I'll look at 3 more nodes.", 'none'],
  ['A card with all of it stands beside this.', 'none'],
]
