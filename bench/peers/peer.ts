/** A job system that Andon is measured beside. */
export interface Peer {
  readonly name: string
  /** Adds `count` no-op jobs, 1000 at a time, and resolves when they are durable. */
  create(count: number): Promise<void>
  /** Works off `count` no-op jobs that are there, and resolves when the last is completed. */
  work(count: number): Promise<void>
  close(): Promise<void>
}

/** Calls back with how many of a batch of 1000 are still to make. */
export async function inThousands(count: number, make: (size: number) => Promise<unknown>): Promise<void> {
  for (let left = count; left > 0; left -= 1000) await make(Math.min(1000, left))
}
