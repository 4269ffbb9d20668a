export const shell = {
  toConversation: 'To the conversation',
  newChat: 'New chat',
  newConversation: 'New conversation',
}
