import type { CardData } from '#contract'
import { minutesAgo } from './moment.ts'

export const exampleLedger: CardData['ledger'] = {
  title: 'Escrow of job 42',
  state: 'held',
  tone: 'busy',
  figures: [
    { label: 'Held', money: { amount: 1_250_000, currency: 'qu' } },
    { label: 'Released', money: { amount: 0, currency: 'qu' } },
    { label: 'Fee', money: { amount: 12_500, currency: 'qu' } },
  ],
  parties: [
    { role: 'consumer', name: 'Ada', address: 'BZBQFLLBNCXEMGLOBHUVFTLUPLVCPQUASSILFABOFFBCADQSSUPNWLZBQEXK' },
    { role: 'provider', address: 'XPXYKFLGSWRHRGAUKWFWVXCDVEYAPCPCNUTMUDWFGDYQCWZNJMWFZEEGCFFO' },
  ],
  milestones: [
    { label: 'Locked', state: 'done', at: minutesAgo(44) },
    { label: 'Running', state: 'current', at: minutesAgo(40) },
    { label: 'Settled', state: 'todo' },
  ],
  entries: [
    {
      id: 'tx1',
      at: minutesAgo(44),
      type: 'lock',
      from: 'consumer',
      to: 'escrow',
      money: { amount: 1_250_000, currency: 'qu' },
      status: 'confirmed',
      hash: 'kzfqdmcbnxtgafpqexkwlzb',
      confirmations: 212,
      verified: 'on-chain',
    },
  ],
  custodial: true,
}
