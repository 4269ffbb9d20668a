/** A valid Kubernetes name from a model id (MOD-020): `Qwen/Qwen3-8B` → `qwen3-8b`. */
export const nameFor = (modelId: string): string =>
  (modelId.split('/').at(-1) ?? modelId)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '')
