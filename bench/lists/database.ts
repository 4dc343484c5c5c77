import pg from 'pg'
import { migrate } from '../../packages/store/src/index.ts'
import { figure } from '../figure.ts'
import { seedHistory } from './seed.ts'

/** URL of a database with so many finished jobs of 90 days; one that is there already is used again. */
export async function historyDatabase(serverUrl: string, count: number): Promise<string> {
  const name = `andon_lists_${count}`
  const url = new URL(serverUrl)
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  const { rows } = await admin.query('select 1 from pg_database where datname = $1', [name])
  if (rows.length === 0) await admin.query(`create database ${name}`)
  await admin.end()
  url.pathname = `/${name}`
  if (rows.length > 0) return url.href
  const pool = new pg.Pool({ connectionString: url.href, max: 1 })
  await migrate(pool)
  await pool.end()
  const startedAt = performance.now()
  await seedHistory(url.href, count)
  figure('seed', count / ((performance.now() - startedAt) / 1_000), 'rows/s', { jobs: count })
  return url.href
}
