import { CONDITION_KINDS, type Grouping, type RuleView, type SavedRule } from '@andon/core'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { reloadAlerts } from '../../live/alerts.ts'
import { FormDialog, useSubmission } from '../../ui/form-dialog.tsx'
import { SelectField, SwitchField, TextField } from '../../ui/form.tsx'
import { CHANNEL_WORDS } from './alerts.ts'
import { ConditionFields } from './condition-fields.tsx'
import { changeOf, CONDITION_WORDS, draftOf, isComplete, newDraft, type RuleDraft, ruleOf } from './rule-draft.ts'
import { SecretDialog } from './secret-dialog.tsx'

/** What a field of the form needs. */
export interface DraftProps {
  readonly draft: RuleDraft
  readonly set: (change: Partial<RuleDraft>) => void
}

const GROUPING_WORDS: Readonly<Record<Grouping, string>> = {
  cause: 'Those of one cause',
  rule: 'All that this rule finds',
  each: 'None: each job by itself',
}

/** Writes a new rule, or changes one. */
export function RuleDialog({ rule, onClose }: { readonly rule: RuleView | null; readonly onClose: () => void }) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const [draft, setDraft] = useState(() => (rule === null ? newDraft(zone) : draftOf(rule, zone)))
  const [secret, setSecret] = useState<string | null>(null)
  const { forget, isBusy, refusal, submit } = useSubmission(async () => {
    const saved = await save(draft, rule)
    await reloadAlerts()
    if (saved.secret === null) onClose()
    else setSecret(saved.secret)
  })
  const set = (change: Partial<RuleDraft>) => {
    forget()
    setDraft({ ...draft, ...change })
  }
  if (secret !== null) return <SecretDialog secret={secret} onClose={onClose} />
  return (
    <FormDialog
      isWide
      onClose={onClose}
      title={rule === null ? 'Add a rule' : `Change “${rule.name}”`}
      act={rule === null ? 'Add rule' : 'Save'}
      leave="Not now"
      isBusy={isBusy}
      isComplete={isComplete(draft, rule)}
      refusal={refusal}
      onSubmit={submit}
    >
      <Group title="When">
        <SelectField
          label="What happens"
          value={draft.on}
          options={CONDITION_KINDS.map((on) => ({ value: on, label: CONDITION_WORDS[on] }))}
          onChange={(event) => set({ on: event.target.value as RuleDraft['on'] })}
        />
        <ConditionFields draft={draft} set={set} />
      </Group>
      <Group title="Tell">
        <ChannelFields draft={draft} set={set} rule={rule} />
      </Group>
      <Group title="How often">
        <QuietFields draft={draft} set={set} />
      </Group>
      <TextField
        label="Name"
        hint="What people will read in the message."
        placeholder={CONDITION_WORDS[draft.on]}
        maxLength={100}
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
    </FormDialog>
  )
}

function save(draft: RuleDraft, rule: RuleView | null): Promise<SavedRule> {
  return rule === null ? andon.rules.add(ruleOf(draft)) : andon.rules.change(rule.id, changeOf(draft, rule))
}

function Group({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <fieldset>
      <legend className="mb-2 text-base font-semibold">{title}</legend>
      <div className="grid gap-4 sm:grid-cols-2">{children}</div>
    </fieldset>
  )
}

const URL_HINTS = {
  webhook: 'Signed, so that the receiver knows that it is Andon: it gets a secret, which is shown once.',
  slack: 'The address of an incoming webhook; Mattermost and Rocket.Chat take the same.',
  teams: 'The address of a workflow “Post to a channel when a webhook request is received”.',
} as const

function ChannelFields({ draft, set, rule }: DraftProps & { readonly rule: RuleView | null }) {
  const stays = rule !== null && rule.channel.kind === draft.channel
  return (
    <>
      <SelectField
        label="By"
        value={draft.channel}
        options={Object.entries(CHANNEL_WORDS).map(([value, label]) => ({ value, label }))}
        onChange={(event) => set({ channel: event.target.value as RuleDraft['channel'] })}
      />
      {draft.channel === 'email' ? (
        <TextField
          label="Addresses"
          hint="Several with commas between them."
          placeholder="anna@example.com"
          value={draft.to}
          required
          onChange={(event) => set({ to: event.target.value })}
        />
      ) : (
        <TextField
          label="Address"
          type="url"
          hint={stays ? `Stays ${rule.channel.target} when you write none.` : URL_HINTS[draft.channel]}
          placeholder="https://…"
          value={draft.url}
          required={!stays}
          onChange={(event) => set({ url: event.target.value })}
        />
      )}
    </>
  )
}

function QuietFields({ draft, set }: DraftProps) {
  return (
    <>
      <TextField
        label="The same again after (minutes)"
        hint="What happens meanwhile is told in one message that says how often. 0: each at once."
        type="number"
        min={0}
        max={10_080}
        value={draft.quietMinutes}
        required
        onChange={(event) => set({ quietMinutes: event.target.value })}
      />
      <SelectField
        label="Counted as the same"
        value={draft.grouping}
        options={Object.entries(GROUPING_WORDS).map(([value, label]) => ({ value, label }))}
        onChange={(event) => set({ grouping: event.target.value as Grouping })}
      />
      <div className="sm:col-span-2">
        <SwitchField
          label="Quiet hours"
          hint="No messages in these hours; one afterwards says what happened."
          isOn={draft.hasQuietHours}
          onChange={(hasQuietHours) => set({ hasQuietHours })}
        />
      </div>
      {draft.hasQuietHours ? <HoursFields draft={draft} set={set} /> : null}
    </>
  )
}

function HoursFields({ draft, set }: DraftProps) {
  return (
    <div className="grid gap-4 sm:col-span-2 sm:grid-cols-3">
      <TextField label="From" type="time" value={draft.from} onChange={(event) => set({ from: event.target.value })} />
      <TextField label="To" type="time" value={draft.until} onChange={(event) => set({ until: event.target.value })} />
      <TextField label="Time zone" value={draft.zone} onChange={(event) => set({ zone: event.target.value })} />
    </div>
  )
}
