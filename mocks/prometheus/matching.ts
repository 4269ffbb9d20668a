import { dropLabels, keepLabels, metricName } from './labels.ts'
import type { Labels, Matching } from './types.ts'

/** The part of a label set by which the two sides of a binary operator find each other. */
export function signatureLabels(matching: Matching, labels: Labels): Labels {
  return matching.on ? keepLabels(labels, matching.labels) : dropLabels(labels, [...matching.labels, metricName])
}
