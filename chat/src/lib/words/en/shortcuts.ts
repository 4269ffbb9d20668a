export const shortcuts = {
  title: 'Keyboard shortcuts',
  groups: { go: 'Go to', conversation: 'Conversation', card: 'Card', view: 'View' },
  next: 'then',
  change: 'Change them in the settings',
  close: 'Close',
  fixed: 'While writing',
  send: 'Send',
  newline: 'New line',
  stop: 'Stop the answer',
  editLast: 'Change the last message',
}
