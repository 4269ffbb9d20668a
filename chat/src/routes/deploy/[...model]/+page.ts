import { redirect } from '@sveltejs/kit'
import { deployPath } from '#lib/pages/model-list.ts'
import type { PageLoad } from './$types'

/** The short address of the form: `/deploy/Qwen/Qwen3-8B` (UIX-024). */
export const load: PageLoad = ({ params }) => redirect(307, deployPath({ model: params.model }))
