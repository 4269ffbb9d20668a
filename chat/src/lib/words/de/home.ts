import type { Words } from '../index.ts'

export const home: Words['home'] = {
  state: 'Zustand der Flotte',
  clusters: 'Cluster online',
  use: 'mittlere GPU-Auslastung',
  critical: 'kritische Alerts',
  health: 'mittlere Gesundheit',
  unknown: 'unbekannt',
  loading: '…',
  ofAll: (some, all) => `${some} von ${all}`,
  quick: 'Schnellzugriff',
  askFailing: 'Fragen, was zuerst kommt',
  askFailingText: 'What is failing, and what comes first?',
  deploy: 'Modell bereitstellen',
  approvals: 'Freigaben',
  dashboard: 'Als Dashboard öffnen',
  personas: 'Personas',
}
