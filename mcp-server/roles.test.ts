import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Access } from '#define'
import { domains } from '#tools/index.ts'
import { roleFiles, rulesOf } from './roles.ts'

interface Role {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[]
}
const files = roleFiles(domains)
const roleOf = (level: string) => parseAllDocuments(files[`deploy/roles/${level}.yaml`]!)[0]!.toJS() as Role

describe('the Roles we ship', () => {
  it('reading reads, and no Secrets', () => {
    for (const { verbs, resources, apiGroups } of roleOf('read').rules) {
      if (resources.includes('pods/exec')) continue
      expect(
        verbs.filter((verb) => !['get', 'list', 'watch'].includes(verb)),
        resources.join(),
      ).toEqual([])
      if (apiGroups[0] === '') expect(resources).not.toContain('secrets')
    }
  })

  it.each(['read', 'change', 'danger'])('%s: no verb, no group and no kind of the core is given whole', (level) => {
    for (const { verbs, resources, apiGroups } of roleOf(level).rules) {
      expect(verbs).not.toContain('*')
      expect(apiGroups).not.toContain('*')
      if (resources.includes('*')) expect(apiGroups[0]).toMatch(/\./)
      expect(apiGroups[0]).not.toMatch(/rbac|admissionregistration|apiextensions/)
    }
  })

  it('deletes only by the level of danger', () => {
    const deletes = (level: string) =>
      roleOf(level).rules.flatMap(({ verbs, resources }) => (verbs.includes('delete') ? resources : []))
    expect(deletes('danger')).toContain('deployments')
    expect(deletes('read')).toEqual([])
  })

  it('allows exactly what was asked, however it is merged', () => {
    const access = fc.record({
      verbs: fc.uniqueArray(fc.constantFrom<Access['verbs'][number]>('get', 'list', 'patch', 'delete'), {
        minLength: 1,
      }),
      group: fc.constantFrom('', 'apps', 'ray.io'),
      resource: fc.constantFrom('pods', 'pods/log', 'deployments', '*'),
    })
    const allows = (rules: Role['rules'], group: string, resource: string, verb: string) =>
      rules.some(
        (rule) =>
          rule.apiGroups.includes(group) &&
          (rule.resources.includes(resource) || rule.resources.includes('*')) &&
          rule.verbs.includes(verb),
      )
    fc.assert(
      fc.property(fc.array(access, { maxLength: 8 }), (asked) => {
        const rules = rulesOf(asked)
        for (const group of ['', 'apps', 'ray.io'])
          for (const resource of ['pods', 'pods/log', 'deployments'])
            for (const verb of ['get', 'list', 'patch', 'delete']) {
              const wanted = asked.some(
                (one) =>
                  one.group === group &&
                  ['*', resource].includes(one.resource) &&
                  (one.verbs as string[]).includes(verb),
              )
              expect(allows(rules, group, resource, verb)).toBe(wanted)
            }
      }),
    )
  })
})
