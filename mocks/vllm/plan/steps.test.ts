import { describe, expect, it } from 'vitest'
import { NOTICE } from '../answer.ts'
import { calls, chat, toolsNamed, toolsWithout } from '../testing.ts'

const NODES = `4 nodes: 4 ready; GPUs 32, used 17, free 15
rows below: kind=kubernetes gpus=8
cluster\tnode\tfree\tused
gpu-west\tgpu-west-h100-02\t8\t0
gpu-east\tgpu-east-h100-01\t4\t4
gpu-east\tgpu-east-h100-03\t2\t6
hub\thub-gpu-1\t1\t7
shown 4 of 13; cursor abc; result res-12`

const POD = 'chat-frontend-7d9f8b6c5-x2x4k'
const PODS = `1 pod. total 1, CrashLoopBackOff 1
cluster\tnamespace\tpod\tstatus\trestarts
gpu-east\tinference\t${POD}\tCrashLoopBackOff\t14`

const only = (...texts: string[]) => texts

describe('steps of one question', () => {
  it('looks up where a pod runs, diagnoses it, reads its logs, and answers', () => {
    const talk = chat()
    expect(calls(talk.ask(`Why is ${POD} failing?`))).toEqual([`list_pods {"text":"${POD}"}`])
    const place = `{"pod":"${POD}","namespace":"inference","cluster":"gpu-east"}`
    expect(calls(talk.results(PODS))).toEqual([`diagnose_pod ${place}`])
    expect(calls(talk.results('OOMKilled at 2 GiB'))).toEqual([`get_pod_logs ${place}`])
    const { content, calls: called } = talk.results('3 lines\n"loading"\n"Killed: out of memory at 2048 MiB"')
    expect(called).toEqual([])
    expect(content).toContain('OOMKilled at 2 GiB')
    expect(content).toContain('> "Killed: out of memory at 2048 MiB"')
  })

  it('asks for what is wrong side by side, and tells both', () => {
    const talk = chat()
    expect(talk.ask('What is wrong right now?').calls.map(({ name }) => name)).toEqual(['list_alerts', 'list_pods'])
    const { content } = talk.results('2 alerts firing: GpuXid79 in gpu-east', PODS)
    expect(content).toContain('2 alerts firing')
    expect(content).toContain(POD)
  })

  it('diagnoses the first failing pod when it is asked why', () => {
    const talk = chat()
    talk.ask('Why are pods failing?')
    expect(calls(talk.results(PODS))).toEqual([
      `diagnose_pod {"pod":"${POD}","namespace":"inference","cluster":"gpu-east"}`,
    ])
  })

  it('reads before it changes, and takes the place from what it read', () => {
    const talk = chat()
    expect(calls(talk.ask('Find nodes with 4 free GPUs and deploy Qwen3-8B there'))).toEqual(
      only('list_nodes {"minFreeGpus":4}'),
    )
    expect(calls(talk.results(NODES))).toEqual(only('deploy_model {"model":"Qwen3-8B","cluster":"gpu-west"}'))
  })

  it('looks for free GPUs when a cluster is demanded that nobody named', () => {
    const talk = chat()
    expect(calls(talk.ask('Deploy Qwen3-8B on two GPUs'))).toEqual(only('list_nodes {"minFreeGpus":2}'))
    expect(calls(talk.results(NODES))).toEqual(only('deploy_model {"model":"Qwen3-8B","cluster":"gpu-west","gpus":2}'))
  })

  it('asks back when nothing tells the missing name', () => {
    const talk = chat(toolsNamed('deploy_model'))
    const { content, calls: called } = talk.ask('Deploy Qwen3-8B on two GPUs')
    expect(called).toEqual([])
    expect(content).toContain('Which cluster do you mean?')
    talk.keep()
    expect(calls(talk.ask('gpu-east'))).toEqual(only('deploy_model {"model":"Qwen3-8B","cluster":"gpu-east","gpus":2}'))
  })

  it('says that it waits for a person, and stops', () => {
    const talk = chat()
    talk.ask('Deploy Qwen3-8B on two GPUs in gpu-east')
    const { content, calls: called } = talk.results(
      'Approval apr-7 is pending: a person must approve it.\nDeploy Qwen3-8B on 2 GPUs in gpu-east',
    )
    expect(called).toEqual([])
    expect(content).toContain('waits for the approval of a person; nothing has been changed')
    expect(content).toContain('- Deploy Qwen3-8B on 2 GPUs in gpu-east')
    expect(content).not.toContain('demo model')
    talk.keep()
    expect(talk.ask('yes, go ahead').content).toContain('I cannot approve anything')
  })

  it('tells an error and its hint, and goes no further', () => {
    const talk = chat()
    talk.ask(`Why is pod gpu-east/inference/${POD} failing?`)
    const { content, calls: called } = talk.results(
      'Error cluster-unreachable: gpu-east did not answer within 2 s.\nNext: list_clusters shows its state.',
    )
    expect(called).toEqual([])
    expect(content).toContain('gpu-east did not answer within 2 s.')
    expect(content).toContain('Next: list_clusters shows its state.')
  })

  it('ends after every result, whatever the tools say', () => {
    for (const text of ['', 'Error', '{}', '[]', 'next: get_pod_logs', NODES, PODS]) {
      const talk = chat()
      let completion = talk.ask(`Why is ${POD} failing and what is wrong?`)
      for (let step = 0; step < 12 && completion.calls.length; step += 1) completion = talk.results(text)
      expect(completion.calls, text).toEqual([])
      expect(completion.content, text).not.toBe('')
    }
  })
})

describe('follow-up questions', () => {
  it('narrows, moves and acts on what was talked about', () => {
    const talk = chat()
    talk.ask('Which nodes have free GPUs?')
    talk.results(NODES)
    talk.keep()
    expect(calls(talk.ask('only H100'))).toEqual(only('list_nodes {"minFreeGpus":1,"gpuModel":"H100"}'))
    talk.results(NODES)
    talk.keep()
    expect(calls(talk.ask('and in gpu-west?'))).toEqual(
      only('list_nodes {"minFreeGpus":1,"gpuModel":"H100","clusters":["gpu-west"]}'),
    )
    talk.results(NODES)
    talk.keep()
    expect(calls(talk.ask('Deploy Qwen3-8B there'))).toEqual(
      only('deploy_model {"model":"Qwen3-8B","cluster":"gpu-west"}'),
    )
  })

  it('deploys "it": the model that was talked about', () => {
    const talk = chat()
    talk.ask('is Qwen3-8B running in gpu-east?')
    talk.results('No deployment of Qwen3-8B.')
    talk.keep()
    expect(calls(talk.ask('then deploy it there'))).toEqual(
      only('deploy_model {"model":"Qwen3-8B","cluster":"gpu-east"}'),
    )
  })

  it('changes one thing of a metrics question at a time', () => {
    const talk = chat()
    const query = (text: string) => {
      const found = JSON.parse(talk.ask(text).calls[0]!.arguments)
      talk.results('3 series')
      talk.keep()
      return found
    }
    query('p95 time to first token per model, last hour')
    expect(query('and p99?').query).toContain('histogram_quantile(0.99, sum by (le, model)')
    expect(query('for the last 6 hours')).toMatchObject({ since: '6h', step: '5m' })
    expect(query('what about gpu-east?')).toMatchObject({ since: '6h', clusters: ['gpu-east'] })
    expect(query('by namespace instead').query).toBe(
      'histogram_quantile(0.99, sum by (le, dynamo_namespace) (rate(dynamo_frontend_time_to_first_token_seconds_bucket[5m])))',
    )
  })

  it('knows whose logs are meant', () => {
    const talk = chat()
    talk.ask(`Why is pod gpu-east/inference/${POD} failing?`)
    talk.results('OOMKilled')
    talk.results('no logs')
    talk.keep()
    expect(calls(talk.ask('and its logs from the previous container?'))).toEqual(
      only(`get_pod_logs {"pod":"${POD}","namespace":"inference","cluster":"gpu-east","previous":true}`),
    )
  })

  it('takes the first row for "it" after a list', () => {
    const talk = chat()
    talk.ask('list failing pods')
    talk.results(PODS)
    talk.keep()
    expect(calls(talk.ask('why is it failing?'))).toEqual(
      only(`diagnose_pod {"pod":"${POD}","namespace":"inference","cluster":"gpu-east"}`),
    )
  })

  it('does not take the GPU of a node for a model to deploy', () => {
    const talk = chat()
    talk.ask('Which nodes have free GPUs?')
    talk.results('1 node\ncluster\tnode\tfree\tmodel\ngpu-east\tgpu-east-h100-01\t8\tNVIDIA-H100-80GB')
    talk.keep()
    expect(talk.ask('deploy it there').content).toContain('Which model should I deploy?')
  })

  it('looks up a pod with a tool that has to be searched for first', () => {
    const talk = chat(toolsWithout('list_pods'))
    expect(calls(talk.ask(`Why is ${POD} failing?`))).toEqual(only('search_tools {"query":"list pods"}'))
    expect(calls(talk.results('list_pods (read): Pods.\n  input: {"text":{"type":"string"}}'))).toEqual(
      only(`run_tool {"name":"list_pods","input":{"text":"${POD}"}}`),
    )
    expect(talk.results(PODS).calls.map(({ name }) => name)).toEqual(['diagnose_pod'])
  })

  it('pages through the last result', () => {
    const talk = chat()
    talk.ask('Which nodes have free GPUs?')
    talk.results(NODES)
    talk.keep()
    expect(calls(talk.ask('show me the rest'))).toEqual(only('get_result {"result":"res-12","cursor":"abc"}'))
  })

  it('does not carry an old cluster into a new question', () => {
    const talk = chat()
    talk.ask('critical alerts in gpu-east')
    talk.results('none')
    talk.keep()
    expect(calls(talk.ask('Which nodes have free GPUs?'))).toEqual(only('list_nodes {"minFreeGpus":1}'))
  })

  it('takes a bare number for the job it asked for', () => {
    const talk = chat()
    expect(talk.ask('check the escrow').content).toContain('For which job?')
    talk.keep()
    expect(calls(talk.ask('42'))).toEqual(only('check_escrow {"job":"42"}'))
  })

  it('knows a cluster by a name that only the results have shown', () => {
    const talk = chat()
    talk.ask('which clusters do we have')
    talk.results('2 clusters\nname\tstatus\nfrankfurt\tready\noslo\tready')
    talk.keep()
    expect(calls(talk.ask('alerts in oslo'))).toEqual(only('list_alerts {"clusters":["oslo"]}'))
  })
})

describe('the instructions', () => {
  const scoped =
    'You are Quartermaster.\nThis conversation is about the clusters gpu-north: that is the default where a tool takes clusters.'

  it('give the cluster that a tool demands when they confine the conversation to one', () => {
    expect(calls(chat(undefined, scoped).ask('Deploy Qwen3-8B on two GPUs'))).toEqual(
      only('deploy_model {"model":"Qwen3-8B","cluster":"gpu-north","gpus":2}'),
    )
  })

  it('make the names of clusters known', () => {
    const two = scoped.replace('gpu-north', 'oslo, frankfurt')
    expect(calls(chat(undefined, two).ask('alerts in oslo'))).toEqual(only('list_alerts {"clusters":["oslo"]}'))
  })
})

describe('the demo model', () => {
  it('introduces itself with a change, because an agent may stop at the approval', () => {
    const talk = chat()
    const { content } = talk.ask('Deploy Qwen3-8B on two GPUs in gpu-east')
    expect(content).toContain('once a person approves it')
    expect(content).toContain(NOTICE)
  })

  it('goes on when it is told to', () => {
    const talk = chat()
    const before = calls(talk.ask('What is wrong right now?'))
    talk.results('x', 'y')
    talk.keep()
    expect(calls(talk.ask('continue'))).toEqual(before)
  })

  it('says once in a conversation what it is', () => {
    const talk = chat()
    talk.ask('Which nodes have free GPUs?')
    talk.results(NODES)
    expect(talk.keep()).toContain(NOTICE)
    talk.ask('only H100')
    talk.results(NODES)
    expect(talk.keep()).not.toContain('demo model')
  })

  it('proposes what works with the tools on offer when it does not understand', () => {
    const { content } = chat(toolsNamed('check_escrow')).ask('tell me a joke')
    expect(content).toContain('I did not understand that.')
    expect(content).toContain('- What is held in escrow for job 42?')
    expect(content).not.toContain('free GPUs')
  })

  it('greets', () => {
    expect(chat().ask('Hello!').content).toMatch(/^Hello\./)
    expect(chat().ask('thanks').content).toMatch(/^You are welcome/)
  })

  it('thinks in one or two short sentences', () => {
    const talk = chat()
    for (const completion of [talk.ask('What is wrong right now?'), talk.results(NODES)]) {
      expect(completion.reasoning.split(/\.(?:\s|$)/).filter(Boolean).length).toBeLessThanOrEqual(2)
      expect(completion.reasoning.length).toBeGreaterThan(10)
    }
  })
})
