import type { Words } from '../index.ts'

export const shortcuts: Words['shortcuts'] = {
  title: 'Tastenkürzel',
  groups: { go: 'Gehe zu', conversation: 'Gespräch', card: 'Karte', view: 'Ansicht' },
  next: 'dann',
  change: 'In den Einstellungen ändern',
  close: 'Schließen',
  fixed: 'Beim Schreiben',
  send: 'Senden',
  newline: 'Neue Zeile',
  stop: 'Antwort anhalten',
  editLast: 'Letzte Nachricht ändern',
}
