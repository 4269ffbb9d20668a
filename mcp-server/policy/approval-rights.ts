import { ToolError } from '#contract'
import type { Actor, Tool } from '#define'
import { hasRole, roleFor } from './allow.ts'

/**
 * Who may decide on a change: a person with the role that the change itself needs.
 * @throws ToolError permission-denied
 */
export function checkDecider(
  actor: Actor,
  { risk }: Pick<Tool, 'risk'>,
  { title, url }: { title: string; url?: string | undefined },
): void {
  if (actor.kind !== 'human')
    throw new ToolError('permission-denied', 'Only a person can decide an approval', {
      next: `A person decides ${url ? `at ${url}` : 'on the approvals page'}`,
      changed: 'nothing',
    })
  const needed = roleFor({ risk } as Tool)
  if (!hasRole(actor, needed))
    throw new ToolError(
      'permission-denied',
      `Deciding on ${title} needs the role ${needed}; ${actor.name} is ${actor.role}`,
      { next: `Ask someone with the role ${needed}`, changed: 'nothing' },
    )
}
