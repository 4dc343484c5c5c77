import type { NotificationView } from '@andon/core'
import { Link } from '@tanstack/react-router'
import { Empty, Skeleton } from '../../ui/empty.tsx'
import { Panel } from '../../ui/panel.tsx'
import { Badge } from '../../ui/state-badge.tsx'
import { TimeAgo } from '../../ui/time-ago.tsx'
import { CHANNEL_WORDS, messageLook, useMessages } from './alerts.ts'

/** Who was told what, and whether it arrived. */
export function Messages() {
  const messages = useMessages()
  return (
    <Panel title="Messages">
      {messages === undefined ? (
        <Skeleton rows={3} />
      ) : messages.length === 0 ? (
        <Empty icon="send" title="Nobody was told anything yet">
          Each message stands here with its outcome, and can be sent again from its job when it did not arrive.
        </Empty>
      ) : (
        <ul className="mt-1 divide-y divide-line">
          {messages.map((message) => (
            <MessageRow key={message.id} message={message} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function MessageRow({ message }: { readonly message: NotificationView }) {
  const { channel, created_at: at, error, is_test: isTest, job_id: jobId, rule, state, target, title } = message
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-1 px-5 py-3">
      <div className="min-w-0 flex-1 basis-72">
        <Link to="/jobs/$jobId" params={{ jobId }} className="font-medium break-words hover:underline">
          {title}
        </Link>
        <p className="text-sm break-words text-muted">
          {isTest ? 'Test of ' : ''}
          {rule} · {CHANNEL_WORDS[channel]}: <span className="break-all">{target}</span>
        </p>
        {error !== null && state !== 'completed' ? (
          <p className="text-sm break-words text-bad">{error.message}</p>
        ) : null}
      </div>
      <div className="flex items-center gap-3 text-sm text-muted">
        <Badge look={messageLook(state, error !== null)} />
        <TimeAgo at={at} />
      </div>
    </li>
  )
}
