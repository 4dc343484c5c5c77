import { type RetentionRule, type RetentionView, retainedWords } from '@andon/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { andon } from '../../live/andon.ts'
import { Button } from '../../ui/button.tsx'
import { Skeleton } from '../../ui/empty.tsx'
import { plural } from '../../ui/format.ts'
import { tried } from '../../ui/notify.ts'
import { Panel } from '../../ui/panel.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { MaintenanceRun } from './maintenance-run.tsx'
import { RetentionDialog } from './retention-dialog.tsx'

/** How long jobs, and what they left, are kept; and what went last. */
export function RetentionPanel() {
  const { data } = useQuery({ queryKey: ['retention'], queryFn: ({ signal }) => andon.retention.get({ signal }) })
  const [editing, setEditing] = useState<RetentionRule | 'new' | null>(null)
  const rules = data?.rules.map(bare)
  return (
    <>
      <Panel
        title="How long jobs are kept"
        aside={
          <Button icon="plus" onClick={() => setEditing('new')}>
            New rule
          </Button>
        }
      >
        <p className="px-5 pb-2 text-sm text-muted">
          The first rule that fits a job holds. Artifacts are labels, logs and documents. The audit and the floor’s
          history are kept for good.
        </p>
        {rules === undefined ? (
          <Skeleton rows={3} />
        ) : (
          <ul className="divide-y divide-line pb-2">
            {rules.map((rule) => (
              <RuleRow key={`${rule.type} ${rule.state}`} rule={rule} onChange={() => setEditing(rule)} />
            ))}
          </ul>
        )}
        {editing === null || rules === undefined ? null : (
          <RetentionDialog rules={rules} rule={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
        )}
      </Panel>
      <CleanupPanel last={data?.last_cleanup ?? null} />
    </>
  )
}

function RuleRow({ onChange, rule }: { readonly rule: RetentionRule; readonly onChange: () => void }) {
  const words = retainedWords(rule)
  return (
    <li className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 px-5 py-2">
      <span className="min-w-40 flex-1">
        <span className={`block font-medium ${rule.type === '*' ? 'first-letter:uppercase' : ''}`}>{words}</span>
        <span className="block text-sm text-muted">
          {plural(rule.keep_days, 'day')}, then {rule.after === 'archive' ? 'archived with their month' : 'deleted'};{' '}
          {rule.artifact_days === null
            ? 'artifacts as long as the job'
            : `artifacts ${plural(rule.artifact_days, 'day')}`}
        </span>
      </span>
      <Button aria-label={`Change the rule for ${words}`} onClick={onChange}>
        Change
      </Button>
    </li>
  )
}

function CleanupPanel({ last }: { readonly last: RetentionView['last_cleanup'] }) {
  const [jobId, setJobId] = useState<string | null>(null)
  const run = async () => {
    const made = await tried(() => andon.retention.run())
    if (made !== null) setJobId(made.id)
  }
  return (
    <Panel
      title="The last cleanup"
      aside={
        <Button icon="play" onClick={() => void run()}>
          Clean up now
        </Button>
      }
    >
      {jobId === null ? (
        <p className="px-5 pb-4 text-muted">
          {last === null ? (
            'Nothing was older than its rule so far. It is looked after every night.'
          ) : (
            <>
              {last.summary ?? 'It is under way'}
              {last.finished_at === null ? null : (
                <>
                  {' '}
                  (<TimeAgo at={last.finished_at} />)
                </>
              )}
              .{' '}
              <Link to="/jobs/$jobId" params={{ jobId: last.job_id }} className="font-medium text-accent underline">
                Show the job
              </Link>
            </>
          )}
        </p>
      ) : (
        <MaintenanceRun key={jobId} jobId={jobId} label="Cleanup" />
      )}
    </Panel>
  )
}

/** A rule as it is sent. */
function bare({ after, artifact_days, keep_days, state, type }: RetentionRule): RetentionRule {
  return { type, state, keep_days, after, artifact_days }
}
