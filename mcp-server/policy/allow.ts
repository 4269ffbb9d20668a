import { type Role, ToolError } from '#contract'
import type { Actor, Tool } from '#define'
import type { PersonaList } from './persona-list.ts'

const rank: Record<Role, number> = { viewer: 0, operator: 1, owner: 2 }

/** The role a tool asks for: reading needs viewer, asking for a change operator, danger owner (SEC-028). */
export const roleFor = (tool: Tool): Role =>
  tool.risk === 'read' ? 'viewer' : tool.risk === 'change' ? 'operator' : 'owner'

export const hasRole = (actor: Actor, needed: Role): boolean => rank[actor.role] >= rank[needed]

export const mayCall = (actor: Actor, tool: Tool, personas: PersonaList): boolean =>
  tool.audience.includes(actor.kind) &&
  hasRole(actor, roleFor(tool)) &&
  !(actor.readOnly && tool.risk !== 'read') &&
  (actor.persona === undefined || actor.kind !== 'agent' || personas.reaches(actor.persona, tool.name))

/** @throws ToolError permission-denied that says which of audience, mode, role and persona refused */
export function allow(actor: Actor, tool: Tool, personas: PersonaList): void {
  if (!tool.audience.includes(actor.kind))
    throw new ToolError('permission-denied', `${tool.name} is not for a caller of kind ${actor.kind}`, {
      next: tool.audience.includes('human')
        ? 'A person does this on the page or over REST'
        : `Only for: ${tool.audience.join(', ')}`,
      changed: 'nothing',
    })
  if (actor.readOnly && tool.risk !== 'read')
    throw new ToolError('permission-denied', `This conversation is read-only, and ${tool.name} changes something`, {
      next: 'Say what you would do and why. A person can switch the conversation to Ask in the top bar; then ask again.',
      changed: 'nothing',
    })
  const needed = roleFor(tool)
  if (!hasRole(actor, needed))
    throw new ToolError('permission-denied', `${tool.name} needs the role ${needed}; ${actor.name} is ${actor.role}`, {
      next: `Ask someone with the role ${needed}`,
      changed: 'nothing',
    })
  if (actor.kind === 'agent' && actor.persona !== undefined && !personas.reaches(actor.persona, tool.name))
    throw new ToolError('permission-denied', `The persona ${actor.persona} has no access to ${tool.name}`, {
      next: 'Use search_tools to see what this persona can do, or switch the persona',
      changed: 'nothing',
    })
}
