import type { Words } from '../index.ts'

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`

export const pagesApprovals: Words['pagesApprovals'] = {
  title: 'Freigaben',
  about:
    'Änderungen warten hier, bis ein Mensch entscheidet. Vor der Ausführung wird neu geplant; hat sich etwas geändert, wird neu gefragt.',
  unreadable: 'Die Freigaben sind gerade nicht lesbar. Seite neu laden.',
  loading: 'Lädt…',
  waiting: 'Wartend',
  waits: (count) =>
    count === 0
      ? 'Nichts wartet auf eine Entscheidung.'
      : `${plural(count, 'Änderung wartet', 'Änderungen warten')} auf eine Entscheidung.`,
  keys: 'J und K wechseln die Zeile, Enter klappt auf und zu, Tab führt in die offene; dort gibt A frei, D lehnt ab, C bricht ab.',
  asked: (by, agent) => (agent ? `${agent}, für ${by}` : by),
  askedLabel: 'Angefragt von',
  riskLabel: 'Risiko',
  risks: { change: 'Änderung', danger: 'Gefahr' },
  two: 'zwei Personen',
  oneOfTwo: (name) => `${name} hat zugestimmt, noch eine Person`,
  expires: (time) => `läuft ab in ${time}`,
  expired: 'abgelaufen',
  by: (state, name) => `${state} von ${name}`,
  inConversation: 'Im Gespräch:',
  elsewhere: 'in einem Gespräch einer anderen Person',
  reading: 'Plan wird gelesen…',
  gone: 'Diese Freigabe ist gerade nicht lesbar. Zuklappen und wieder aufklappen versucht es erneut.',
  empty: 'Nichts wartet auf eine Entscheidung.',
  emptyAbout:
    'Eine Änderung, um die ein Agent oder ein Mensch bittet (Deployment, Drain, Skalierung, Silence…), erscheint hier mit ihrem Plan, auf jedem Gerät, bevor etwas geschieht.',
  last: 'Zuletzt entschieden:',
  ended: (state, by, time) => `${state}${by ? ` von ${by}` : ''}, vor ${time}`,
  earlier: 'Früher',
  noEarlier: 'Nichts passt zu diesen Filtern.',
  none: 'Bisher wurde nichts entschieden.',
  more: (count) => `${count} weitere zeigen`,
  rolledBack: 'rückgängig gemacht',
  granted: 'für eine Stunde erlaubt',
  filters: 'Filter früherer Änderungen',
  text: 'Text',
  anyState: 'Jeder Zustand',
  stateLabel: 'Zustand',
  tool: 'Tool',
  cluster: 'Cluster',
  person: 'Person',
  clear: 'Filter leeren',
}
