import { pagesApprovals as de } from './de/pages-approvals.ts'
import { pagesApprovals as en } from './en/pages-approvals.ts'
import { useWords } from './index.ts'

/** These texts come with what says them, in both languages, and not with every page. */
export const usePagesApprovalsWords = () => ({ en, de })[useWords().language]
