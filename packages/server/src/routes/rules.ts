import { ChangeRule, CreatedJob, CreateRule, RuleView, SavedRule } from '@andon/core'
import { getRule, listRules, pauseRule, removeRule, resumeRule, toRuleView } from '@andon/store'
import { Type } from 'typebox'
import { addRule, editRule, type SavedRow, testRule } from '../commands/save-rule.ts'
import type { ServerContext } from '../context.ts'
import { type Route, route } from '../http/route.ts'
import { RULES } from '../policies/rules.ts'
import { auditActor } from '../sign-in/actors.ts'
import { listOf, NumberParam } from './fields.ts'

const NoFields = Type.Object({}, { additionalProperties: false })
const tag = 'rules'

/** What to watch for, and how to tell. */
export function ruleRoutes(context: ServerContext): Route[] {
  return [...readRoutes(context), ...saveRoutes(context), ...actRoutes(context)]
}

function readRoutes({ store }: ServerContext): Route[] {
  return [
    route({
      method: 'GET',
      url: '/api/rules',
      tag,
      summary: 'All rules, with what they found and told',
      policy: RULES.read,
      answer: { status: 200, schema: listOf(RuleView) },
      run: async () => ({ data: (await listRules(store)).map(toRuleView) }),
    }),
    route({
      method: 'GET',
      url: '/api/rules/:id',
      tag,
      summary: 'One rule',
      policy: RULES.read,
      params: NumberParam,
      answer: { status: 200, schema: RuleView },
      run: async ({ params }) => toRuleView(await getRule(store, params.id)),
    }),
  ]
}

function saveRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/rules',
      tag,
      summary: 'Makes a rule; the secret of a signed webhook is shown this once',
      policy: RULES.manage,
      body: CreateRule,
      answer: { status: 201, schema: SavedRule },
      run: async ({ actor, body, request }) => present(await addRule(context, body, auditActor(actor, request))),
    }),
    route({
      method: 'PATCH',
      url: '/api/rules/:id',
      tag,
      summary: 'Changes a rule; what is left out stays',
      policy: RULES.manage,
      params: NumberParam,
      body: ChangeRule,
      answer: { status: 200, schema: SavedRule },
      run: async ({ actor, body, params, request }) =>
        present(await editRule(context, params.id, { change: body, actor: auditActor(actor, request) })),
    }),
    route({
      method: 'DELETE',
      url: '/api/rules/:id',
      tag,
      summary: 'Removes a rule; what it told is still listed',
      policy: RULES.manage,
      params: NumberParam,
      answer: { status: 204, schema: null },
      run: async ({ actor, params, request }) => removeRule(store, params.id, auditActor(actor, request)),
    }),
  ]
}

function actRoutes(context: ServerContext): Route[] {
  const { store } = context
  return [
    route({
      method: 'POST',
      url: '/api/rules/:id/pause',
      tag,
      summary: 'Has a rule watch nothing until it is resumed; its alerts are closed',
      policy: RULES.manage,
      params: NumberParam,
      body: NoFields,
      answer: { status: 200, schema: RuleView },
      run: async ({ actor, params, request }) =>
        toRuleView(await pauseRule(store, params.id, auditActor(actor, request))),
    }),
    route({
      method: 'POST',
      url: '/api/rules/:id/resume',
      tag,
      summary: 'Has a rule watch again, from now on',
      policy: RULES.manage,
      params: NumberParam,
      body: NoFields,
      answer: { status: 200, schema: RuleView },
      run: async ({ actor, params, request }) =>
        toRuleView(await resumeRule(store, params.id, auditActor(actor, request))),
    }),
    route({
      method: 'POST',
      url: '/api/rules/:id/test',
      tag,
      summary: 'Sends a message by the channel of the rule at once; answers the job that delivers it',
      policy: RULES.manage,
      params: NumberParam,
      body: NoFields,
      answer: { status: 201, schema: CreatedJob },
      run: async ({ actor, params, request }) => {
        const by = { actor: auditActor(actor, request), accountId: actor.accountId }
        return { id: await testRule(context, params.id, by), is_existing: false }
      },
    }),
  ]
}

function present({ row, secret }: SavedRow): SavedRule {
  return { rule: toRuleView(row), secret }
}
