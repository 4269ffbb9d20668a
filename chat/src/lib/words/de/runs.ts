import type { Words } from '../index.ts'

export const runs: Words['runs'] = {
  waiting: 'Wartende Nachrichten',
  afterAnswer: 'Wird nach dieser Antwort gefragt',
  nextStep: 'Kommt beim nächsten Schritt an',
  unsent: 'Noch nicht gesendet',
  edit: 'Ändern',
  editOf: (text) => `„${text}“ ändern`,
  removeOf: (text) => `„${text}“ entfernen`,
  now: 'Jetzt fragen',
  nowOf: (text) => `Antwort stoppen und jetzt „${text}“ fragen`,
  askOf: (text) => `„${text}“ fragen`,
  toSteer: (text) => `Der laufenden Antwort beim nächsten Schritt „${text}“ sagen`,
  toQueue: (text) => `„${text}“ nach dieser Antwort fragen`,
  save: 'Speichern',
  cancel: 'Abbrechen',
  textOf: 'Wartende Nachricht',
  reconnecting: 'Verbindung verloren. Sie wird neu aufgebaut; die Antwort läuft am Server weiter.',
  hint: (steerKey) => `Enter: danach fragen. ${steerKey}: diese Antwort lenken.`,
  goOn: 'Weiter',
}
