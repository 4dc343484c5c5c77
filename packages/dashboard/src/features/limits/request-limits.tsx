import { isProblem } from '@andon/core'
import { Http } from '@andon/sdk'
import { useQuery } from '@tanstack/react-query'
import { Skeleton } from '../../ui/empty.tsx'
import { count } from '../../ui/format.ts'
import { Panel } from '../../ui/panel.tsx'
import { failureWords } from '../../ui/problem-words.ts'
import { Measure } from './measure.tsx'

const REFRESH_MS = 10_000

/** How many requests one may make, and how many of them one has made in this minute. */
export function RequestLimits() {
  const { data, error } = useQuery({ queryKey: ['request-use'], queryFn: readUse, refetchInterval: REFRESH_MS })
  return (
    <Panel title="Requests">
      <p className="px-5 pb-2 text-sm text-muted">
        Each session and each token has its own count, so that a program that goes wrong slows nobody else down. Past it
        the server answers with <code>rate_limited</code> and how long to wait. Workers have ten times as many.
      </p>
      {error !== null ? (
        <p role="alert" className="px-5 pt-1 pb-5 text-sm text-bad">
          {failureWords(error)}
        </p>
      ) : data === undefined ? (
        <Skeleton rows={1} />
      ) : (
        <dl className="num grid gap-4 px-5 pt-1 pb-5 text-sm sm:grid-cols-2">
          {data.most === null ? (
            <p>This server does not limit requests.</p>
          ) : (
            <>
              <Measure
                word="Yours in this minute"
                used={data.made}
                of={data.most}
                label="Requests of this session in this minute"
              />
              <div>
                <dt className="text-muted">The count begins anew</dt>
                <dd className="font-medium">in {count(data.againInS)} s</dd>
              </div>
            </>
          )}
        </dl>
      )}
    </Panel>
  )
}

interface RequestUse {
  /** Null: not limited. */
  readonly most: number | null
  readonly made: number
  readonly againInS: number
}

/** The server says it in the headers of its answers, that which refuses a request too many among them. */
async function readUse({ signal }: { readonly signal: AbortSignal }): Promise<RequestUse> {
  let headers = new Headers()
  const http = new Http({
    url: location.origin,
    retries: 0,
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      headers = response.headers
      return response
    },
  })
  try {
    await http.empty({ path: '/api/session', signal })
  } catch (error) {
    if (!isProblem(error, 'rate_limited') || !headers.has('ratelimit-limit')) throw error
  }
  return useOf(headers)
}

function useOf(headers: Headers): RequestUse {
  const most = headers.get('ratelimit-limit')
  if (most === null) return { most: null, made: 0, againInS: 0 }
  const left = Number(headers.get('ratelimit-remaining') ?? most)
  return { most: Number(most), made: Number(most) - left, againInS: Number(headers.get('ratelimit-reset') ?? 0) }
}
