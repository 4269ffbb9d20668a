import type { Words } from '../index.ts'

const hoursOrDays = (hours: number) => (hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} Tagen`)

export const conversations: Words['conversations'] = {
  search: 'Gesagtes suchen',
  none: 'Hier erscheinen die Gespräche.',
  nothing: (text) => `Über „${text}“ wurde nichts gesagt.`,
  howToSearch: 'Wortanfänge genügen. „Anführungszeichen“ finden eine Wortfolge, -Wort schließt aus.',
  failed: 'Die Suche hat nicht geantwortet. Einfach weitertippen, dann wird neu gesucht.',
  hits: (count) => (count === 1 ? '1 Gespräch gefunden' : `${count} Gespräche gefunden`),
  pinned: 'Angeheftet',
  today: 'Heute',
  yesterday: 'Gestern',
  dates: 'de-DE',
  answering: 'wird gerade beantwortet',
  waiting: 'wartet auf eine Freigabe',
  unread: 'neue Antwort',
  expiresIn: (hours) => (hours < 1 ? 'Läuft in weniger als einer Stunde ab' : `Läuft in ${hoursOrDays(hours)} ab`),
  neverExpires: 'Angeheftet: läuft nie ab',
  keep: 'Behalten',
  menu: (title) => `Aktionen für ${title}`,
  rename: 'Umbenennen',
  newName: 'Neuer Name des Gesprächs',
  pin: 'Anheften',
  unpin: 'Lösen',
  remove: 'Löschen',
  removed: 'Gelöscht',
  undo: 'Rückgängig',
  more: 'Mehr anzeigen',
  notDone: 'Das hat nicht geklappt. Bitte noch einmal versuchen.',
  you: 'Selbst',
  note: 'Notiz',
}
