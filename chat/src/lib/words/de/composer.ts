import type { Words } from '../index.ts'

export const composer: Words['composer'] = {
  menu: { '/': 'Runbooks', '@': 'Dinge der Flotte' },
  looking: 'Wird gesucht …',
  optional: 'freiwillig',
  askRunbook: 'Fragen',
  notAsked: 'Der Server antwortet nicht, es wurde nichts gefragt. Noch einmal versuchen.',
  closeRunbook: 'Runbook schließen',
  missing: (titles) => `Noch nötig: ${titles.join(', ')}`,
  attach: 'Datei anhängen',
  attached: 'Angehängte Dateien',
  removeFile: (name) => `${name} entfernen`,
  sending: 'wird übertragen …',
  dropHere: 'Dateien hier ablegen: YAML, Logs, CSV, Text, Bilder',
  pasted: (lines) => `Eingefügter Text, ${lines} Zeilen`,
  pastedName: 'eingefuegt.txt',
  imageNotSeen: 'Dieses Modell sieht keine Bilder; es erfährt nur ihren Namen.',
  notAttached: (name) => `${name} wurde nicht angehängt: der Server antwortet nicht.`,
  tooMany: (most) => `Eine Nachricht fasst ${most} Dateien.`,
}
