import { PgBoss } from 'pg-boss'
import { inThousands, type Peer } from './peer.ts'

/** pg-boss by its batch interface: fetch 500, complete 500. */
export async function pgBoss(connectionString: string): Promise<Peer> {
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false })
  boss.on('error', (error) => console.error(error))
  await boss.start()
  await boss.createQueue('noop')
  return {
    name: 'pg-boss',
    create: (count) =>
      inThousands(count, (size) =>
        boss.insert(
          'noop',
          Array.from({ length: size }, (_, id) => ({ data: { id } })),
        ),
      ),
    work: async (count) => {
      for (let left = count; left > 0; ) {
        const jobs = await boss.fetch('noop', { batchSize: 500 })
        await boss.complete(
          'noop',
          jobs.map(({ id }) => id),
        )
        left -= jobs.length
      }
    },
    close: () => boss.stop({ graceful: false }),
  }
}
