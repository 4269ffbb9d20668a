/** GPUs that a request can name, most special first, by the words of the product that feature discovery labels. */
const skus: readonly [RegExp, string][] = [
  [/\bGB200\b/, 'gb200_sxm'],
  [/\bGB10\b/, 'gb10'],
  [/\bB200\b/, 'b200_sxm'],
  [/\bH200 NVL\b/, ''],
  [/\bH200\b/, 'h200_sxm'],
  [/\bH100 (PCIE|NVL)\b/, 'h100_pcie'],
  [/\bH100\b/, 'h100_sxm'],
  [/\bA100 (80GB )?PCIE\b/, 'a100_pcie'],
  [/\bA100\b/, 'a100_sxm'],
  [/\bA30\b/, 'a30'],
  [/\bL40S\b/, 'l40s'],
  [/\bL40\b/, 'l40'],
  [/\bL4\b/, 'l4'],
  [/\bV100 PCIE\b/, 'v100_pcie'],
  [/\bV100\b/, 'v100_sxm'],
  [/\bT4\b/, 't4'],
  [/\bMI2\d\d/, 'mi200'],
  [/\bMI3\d\d/, 'mi300'],
]

/** `NVIDIA-H100-80GB-HBM3` → `h100_sxm`; undefined where Dynamo's list has no name for it (B300, GB300, RTX …). */
export function gpuSku(product: string): string | undefined {
  const words = product.toUpperCase().replace(/[-_]+/g, ' ')
  return skus.find(([pattern]) => pattern.test(words))?.[1] || undefined
}
