import { readFileSync } from 'node:fs'

/** The queries on which the mock and a real Prometheus must agree: one on a line in the files beside this. */

const lines = (file: string) =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')

/** Of every kind that operators use; each is asked at several instants and, where its type allows, over ranges. */
export const validQueries = [...lines('valid-queries.promql'), 'sum by (node) (\n  gpu_utilization # busy\n) > 1']

/** Refused by both, with the same status, error type and, where one is given, position. */
export const invalidQueries = ['', '   ', 'up +\n  * up', 'up # only\n and', ...lines('invalid-queries.promql')]

/** Requests whose parameters both refuse, as path and query string. */
export const invalidRequests = [
  'query?query=1&time=abc',
  'query?query=1&timeout=x',
  'query_range?query=1&start=1&end=100&step=0',
  'query_range?query=1&start=1&end=100&step=-1',
  'query_range?query=1&start=1&end=100&step=x',
  'query_range?query=1&start=100&end=1&step=1',
  'query_range?query=1&start=1&end=100000&step=1',
  'query_range?query=up[5m]&start=1&end=100&step=1',
  'query_range?query="a"&start=1&end=100&step=1',
  'query_range?query=1&end=100&step=1',
  'query_range?query=1&start=1&step=1',
  'query_range?query=1&start=1&end=100',
  'query_range?query=up%20up&start=1&end=3&step=1',
  'series',
  'series?match[]=up(',
  'series?match[]={}',
  'label/1a/values',
  'labels?start=abc',
  'format_query?query=up%20up',
  'format_query',
]

/** Requests that both answer alike, values and order included. */
export const plainRequests = [
  'labels',
  'labels?match[]=up',
  'label/node/values',
  'label/__name__/values',
  'label/missing/values',
  'label/node/values?match[]=gpu_utilization{model="L40S"}',
  'series?match[]=up',
  'series?match[]={job=~"dcgm|kube"}&match[]=up',
  'format_query?query=up/up',
  'format_query?query=-sum(rate(up[5m:1m]%20offset%201m))*(1%2B2)',
  'format_query?query=label_replace(rate(http_requests_total{route="/chat",code=~"5.."}[5m]),"short","$1","route","/(.*)")%20%2B%20vector(1)',
  // Over a range the real engine lets this window slide although `@` fixes it, so it is compared at an instant only.
  'query?query=predict_linear(gpu_utilization[10m]%20@%201700003333,600)&time=1700003610',
  'query?query=up&time=2023-11-14T22:20:20Z',
  'query?query=up&time=2023-11-14T23:20:20.5%2B01:00',
]
