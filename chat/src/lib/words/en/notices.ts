const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

/** What the server says into an answer, and what it offers to ask. */
export const notices = {
  noTools: 'The tools cannot be reached right now, so nothing can be looked up.',
  modelWithoutTools: (model: string, endpoint: string) =>
    `${model} at ${endpoint} takes no tools, so it cannot look anything up in the fleet: this answer rests on what it was told. vLLM needs --enable-auto-tool-choice and --tool-call-parser.`,
  standIn: (endpoint: string, model: string, why: string) =>
    `${endpoint} (${model}) answers instead: ${why || 'the chosen model did not answer a moment ago.'}`,
  fromOutside: (values: string) =>
    `Look twice at this plan: ${values} was read in logs, events or other text from outside. Neither you nor a list of the fleet named it.`,
  quoted: (value: string) => `“${value}”`,
  restarted: 'The server was restarted in the middle of this answer. What was said is kept.',
  textCall:
    'The answer holds text that looks like a call of a tool. It is only text: nothing was run. A model that means to call tools this way needs a tool parser on its server.',
  loopAnswered: (tool: string) =>
    `The model called ${tool} with the same arguments three times, so it was asked to answer with what it has.`,
  loop: (tool: string) => `The model called ${tool} with the same arguments three times, so it was stopped.`,
  loopNext: 'Ask again with more detail, for example the cluster or the time range you mean.',
  budget: {
    steps: (limit: string) => `Stopped after ${limit} steps.`,
    time: (limit: string) => `Stopped: an answer may take ${limit}.`,
    tokens: (limit: string) => `Stopped: an answer may take ${limit} tokens.`,
    goOn: 'It ends with what is known so far. Say “continue” to go on.',
  },
  model: {
    stillWorks: 'Tools, cards and pages still work.',
    tryAgainKept: 'Try again; what it said so far is kept.',
    denied: (where: string, status: number) => `The model endpoint at ${where} refused our key (${status}).`,
    deniedNext: 'Set LLM_API_KEY to a key it accepts and restart.',
    unknown: (where: string, model: string) =>
      `The model endpoint at ${where} does not know ${model || 'the model'} (404).`,
    unknownNext: (where: string) => `Set LLM_MODEL to a name that ${where}/models lists.`,
    limited: 'The model endpoint is taking no more requests right now (429).',
    limitedNext: 'Wait a moment and try again.',
    tooLarge: 'This conversation no longer fits into the context of the model.',
    tooLargeNext: 'Start a new conversation, or ask a narrower question.',
    broken: (status: number) => `The model endpoint failed (${status}).`,
    brokenNext: 'Try again; if it goes on, look at the log of the model server.',
    refused: (status: number, message: string) => `The model endpoint refused the request (${status}): ${message}`,
    refusedNext: 'Check that the model takes tools and the OpenAI chat format.',
    late: 'The model did not go on answering in time.',
    silent: (where: string, code: string) => `Nothing answers at the model endpoint ${where} (${code}).`,
    silentNext: 'Start the model server or set LLM_BASE_URL.',
    cutOff: 'The connection to the model broke off in the middle of the answer.',
    garbage: 'The model answered something that could not be understood.',
  },
  offers: {
    register: 'Register the first cluster',
    registerWhy: 'No cluster is registered yet',
    whatNeeded: 'What do I need to register a cluster?',
    whatCan: 'What can you do for me?',
    silent: (names: readonly string[]) => `Why ${names.length === 1 ? 'does' : 'do'} ${names.join(', ')} not answer?`,
    silentWhy: (count: number) => `${plural(count, 'cluster')} silent`,
    critical: 'Look at the critical alerts: what is wrong and what comes first?',
    criticalWhy: (count: number) => plural(count, 'critical alert'),
    firing: 'Show firing alerts',
    firingWhy: (count: number) => `${plural(count, 'alert')} firing`,
    failing: 'What is failing, and why?',
    failingWhy: (count: number) => `${plural(count, 'pod')} failing`,
    xid: 'Which GPUs have XID errors, and what do they mean?',
    xidWhy: (count: number) => `${plural(count, 'GPU')} with XID errors`,
    decide: 'Decide what waits for approval',
    decideWhy: (count: number) => `${plural(count, 'change')} waiting`,
    away: 'Which nodes are not ready, and why?',
    awayWhy: (count: number, all: number) => `${plural(count, 'node')} of ${all} not ready`,
    free: 'Which nodes have free GPUs?',
    freeWhy: (free: number, all: number) => `${free} of ${all} GPUs free`,
    serving: (name: string) => `Why is ${name} not serving?`,
    servingWhy: (name: string, state: string) => `${name} is ${state}`,
    first: 'p95 time to first token per model, last hour',
    firstWhy: (count: number) => `${plural(count, 'deployment')} serving`,
  },
}
