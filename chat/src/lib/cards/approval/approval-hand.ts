/** Buttons that decide stay dead this long after they appear, so that no click meant for something else decides. */
export const armingMs = 600

/** Whether a click or a key came from a person's hand: one that a script made is not taken. */
export const byHand = ({ isTrusted }: Event): boolean => isTrusted
