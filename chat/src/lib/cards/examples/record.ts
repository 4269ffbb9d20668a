import type { CardData } from '#contract'

export const exampleRecord: CardData['record'] = {
  title: 'qwen3-8b',
  kind: 'DynamoGraphDeployment',
  facts: [
    { label: 'Cluster', value: 'gpu-east' },
    { label: 'State', value: 'ready', tone: 'good' },
  ],
  yaml: 'apiVersion: nvidia.com/v1alpha1\nkind: DynamoGraphDeployment\nmetadata:\n  name: qwen3-8b\n  namespace: dynamo-system\nspec:\n  services:\n    Frontend:\n      replicas: 1\n',
  note: 'managedFields are left out.',
}
