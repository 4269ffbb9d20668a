import type { Words } from '../index.ts'

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`

export const notices: Words['notices'] = {
  noTools: 'Die Tools sind gerade nicht erreichbar, deshalb lässt sich nichts nachsehen.',
  modelWithoutTools: (model, endpoint) =>
    `${model} bei ${endpoint} ruft keine Tools auf und kann in der Flotte nichts nachsehen: Diese Antwort beruht nur auf dem, was im Gespräch steht. vLLM braucht --enable-auto-tool-choice und --tool-call-parser.`,
  standIn: (endpoint, model, why) =>
    `Es antwortet stattdessen ${endpoint} (${model}): ${why || 'Das gewählte Modell hat eben nicht geantwortet.'}`,
  fromOutside: (values) =>
    `Diesen Plan zweimal ansehen: ${values} stand in Logs, Events oder anderem Text von außen. Weder die Frage noch eine Liste der Flotte hat es genannt.`,
  quoted: (value) => `„${value}“`,
  restarted: 'Der Server wurde mitten in dieser Antwort neu gestartet. Was gesagt war, ist noch da.',
  textCall:
    'In der Antwort steht Text, der wie ein Tool-Aufruf aussieht. Es ist nur Text, ausgeführt wurde nichts. Ein Modell, das Tools so aufruft, braucht auf seinem Server einen Tool-Parser.',
  loopAnswered: (tool) =>
    `Das Modell hat ${tool} dreimal mit denselben Argumenten aufgerufen und sollte deshalb mit dem antworten, was es hat.`,
  loop: (tool) => `Das Modell hat ${tool} dreimal mit denselben Argumenten aufgerufen und wurde angehalten.`,
  loopNext: 'Genauer fragen, zum Beispiel mit Cluster oder Zeitraum.',
  budget: {
    steps: (limit) => `Nach ${limit} Schritten angehalten.`,
    time: (limit) => `Angehalten: Eine Antwort darf ${limit} dauern.`,
    tokens: (limit) => `Angehalten: Eine Antwort darf ${limit} Token verbrauchen.`,
    goOn: 'Sie endet mit dem, was bis jetzt bekannt ist. Mit „weiter“ geht es weiter.',
  },
  model: {
    stillWorks: 'Tools, Karten und Seiten gehen weiter.',
    tryAgainKept: 'Noch einmal versuchen; was schon gesagt ist, bleibt.',
    denied: (where, status) => `Der Modell-Endpoint ${where} hat den Schlüssel abgelehnt (${status}).`,
    deniedNext: 'LLM_API_KEY auf einen gültigen Schlüssel setzen und neu starten.',
    unknown: (where, model) => `Der Modell-Endpoint ${where} kennt ${model || 'das Modell'} nicht (404).`,
    unknownNext: (where) => `LLM_MODEL auf einen Namen setzen, den ${where}/models nennt.`,
    limited: 'Der Modell-Endpoint nimmt gerade keine Anfragen mehr an (429).',
    limitedNext: 'Einen Moment warten und noch einmal versuchen.',
    tooLarge: 'Dieses Gespräch passt nicht mehr in den Kontext des Modells.',
    tooLargeNext: 'Ein neues Gespräch beginnen oder enger fragen.',
    broken: (status) => `Der Modell-Endpoint ist gescheitert (${status}).`,
    brokenNext: 'Noch einmal versuchen; hilft das nicht, steht der Grund im Log des Modellservers.',
    refused: (status, message) => `Der Modell-Endpoint hat die Anfrage abgelehnt (${status}): ${message}`,
    refusedNext: 'Prüfen, ob das Modell Tools und das OpenAI-Chatformat annimmt.',
    late: 'Das Modell hat nicht rechtzeitig weitergeantwortet.',
    silent: (where, code) => `Am Modell-Endpoint ${where} antwortet nichts (${code}).`,
    silentNext: 'Den Modellserver starten oder LLM_BASE_URL setzen.',
    cutOff: 'Die Verbindung zum Modell ist mitten in der Antwort abgebrochen.',
    garbage: 'Das Modell hat etwas geantwortet, das nicht zu verstehen war.',
  },
  offers: {
    register: 'Den ersten Cluster anmelden',
    registerWhy: 'Noch ist kein Cluster angemeldet',
    whatNeeded: 'Was brauche ich, um einen Cluster anzumelden?',
    whatCan: 'Was kannst du für mich tun?',
    silent: (names) => `Warum ${names.length === 1 ? 'antwortet' : 'antworten'} ${names.join(', ')} nicht?`,
    silentWhy: (count) => `${plural(count, 'Cluster', 'Cluster')} ohne Antwort`,
    critical: 'Die kritischen Alarme ansehen: Was ist los, und was kommt zuerst?',
    criticalWhy: (count) => plural(count, 'kritischer Alarm', 'kritische Alarme'),
    firing: 'Aktive Alarme zeigen',
    firingWhy: (count) => plural(count, 'aktiver Alarm', 'aktive Alarme'),
    failing: 'Was läuft nicht, und warum?',
    failingWhy: (count) => plural(count, 'Pod läuft nicht', 'Pods laufen nicht'),
    xid: 'Welche GPUs haben XID-Fehler, und was bedeuten sie?',
    xidWhy: (count) => `${plural(count, 'GPU', 'GPUs')} mit XID-Fehlern`,
    decide: 'Entscheiden, was auf Freigabe wartet',
    decideWhy: (count) => plural(count, 'Änderung wartet', 'Änderungen warten'),
    away: 'Welche Nodes sind nicht bereit, und warum?',
    awayWhy: (count, all) => `${count} von ${plural(all, 'Node', 'Nodes')} nicht bereit`,
    free: 'Welche Nodes haben freie GPUs?',
    freeWhy: (free, all) => `${free} von ${plural(all, 'GPU', 'GPUs')} frei`,
    serving: (name) => `Warum läuft ${name} nicht?`,
    servingWhy: (name, state) => `${name}: ${state}`,
    first: 'p95 der Zeit bis zum ersten Token je Modell, letzte Stunde',
    firstWhy: (count) => plural(count, 'Deployment läuft', 'Deployments laufen'),
  },
}
