import { uuidFloor } from '@andon/core'
import { archiveMonth, importFinished, internTypes, type Store } from '@andon/store'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { barriers, picture } from './world.ts'

/** A server whose database the test reaches, with somebody signed in who may do everything. */
interface Shop {
  readonly base: string
  readonly page: Page
  /** Number of the queue that old jobs are in. */
  readonly queueId: () => Promise<number>
  readonly store: Store
}

/** How long jobs are kept, and the months of history. */
export function retentionSettings(shop: () => Shop): void {
  test('keeps jobs as long as the rules in the settings say, and brings archived months back', async () => {
    const { base, page, store } = shop()
    const id = await endedInJanuary(shop())
    await archiveMonth(store, '202601', { name: 'system:retention' })
    await page.goto(`${base}/jobs/${id}`)
    await page.getByText('Jobs of January 2026 were archived').waitFor()
    await page.goto(`${base}/settings?tab=retention`)
    const january = page.getByRole('listitem').filter({ hasText: 'January 2026' })
    await january.getByText('In the archive').waitFor()
    await january.getByRole('button', { name: 'Bring back' }).click()
    await january.getByText('January 2026 is back: 1 job.').waitFor()
    await january.getByText('Brought back by').waitFor()

    await page.getByRole('button', { name: 'New rule' }).click()
    const dialog = page.getByRole('dialog', { name: 'New rule' })
    await dialog.getByText('Fill in the fields').waitFor()
    await dialog.getByLabel('Type').fill('print.*')
    await dialog.getByLabel('Days in the lists').fill('365')
    await dialog.getByLabel('Days that artifacts are kept').fill('400')
    await dialog.getByText('Artifacts cannot be kept longer than their job').waitFor()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByRole('alert').waitFor()
    await dialog.getByLabel('Days that artifacts are kept').fill('14')
    await dialog.getByRole('alert').waitFor({ state: 'detached' })
    await dialog.getByText('1 job would be cleaned').waitFor()
    expect(await barriers(page)).toEqual([])
    await picture(page, 'retention-rule')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('print.* jobs').waitFor()

    await page.getByRole('button', { name: 'Change the rule for failed jobs' }).click()
    const change = page.getByRole('dialog', { name: 'Change the rule' })
    await change.getByLabel('Days that artifacts are kept').fill('21')
    await change.getByText('1 job would be cleaned').waitFor()
    await page.keyboard.press('Enter')
    await change.waitFor({ state: 'detached' })
    await page.getByText('artifacts 21 days').waitFor()

    await page.getByRole('button', { name: 'Clean up now' }).click()
    await page.getByText('1 job was cleaned: 1 item content, 1 log line.').waitFor()

    await page.goto(`${base}/jobs/${id}?tab=items`)
    await page.getByText(/The content of 1 item was cleaned .*, by the rule “print\.\* jobs: 365 days/).waitFor()
    expect(await page.getByRole('button', { name: /Reprint/ }).count()).toBe(0)
    await picture(page, 'job-cleaned')
    await page.getByRole('link', { name: 'Logs' }).click()
    await page.getByText(/1 line was cleaned/).waitFor()
  })

  test('deletes an archived month after a question, and with it its tables', async () => {
    const { base, page, store } = shop()
    await store.pool.query(`select ensure_partitions('2026-02-15')`)
    await archiveMonth(store, '202602', { name: 'anna' })
    await page.goto(`${base}/settings?tab=retention`)
    const february = page.locator('main li').filter({ hasText: 'February 2026' })
    await february.getByRole('button', { name: 'Delete February 2026' }).click()
    const question = page.getByRole('dialog', { name: 'Delete February 2026?' })
    await question.getByText('They cannot be brought back').waitFor()
    await question.getByRole('button', { name: 'Delete the month' }).click()
    await february.waitFor({ state: 'detached' })
    const { rows } = await store.pool.query(`select from pg_class where relname ~ '^(job_done|item)_202602'`)
    expect(rows).toEqual([])
  })
}

/** A print that failed in January, with a label and a log line; its id. */
async function endedInJanuary({ queueId: laneOf, store }: Shop): Promise<string> {
  const at = new Date('2026-01-15T10:00:00Z')
  const id = uuidFloor(at.getTime())
  const said = {
    priority: 'normal',
    attempt: 1,
    maxAttempts: 1,
    createdBy: 'anna',
    error: null,
    summary: null,
  } as const
  const unsaid = { description: 'Old labels', subject: null, tags: null, printerId: null, proof: null } as const
  const times = { createdAt: at, startedAt: at, finishedAt: at }
  const typeId = (await internTypes(store, ['print.label'])).get('print.label')?.id ?? 0
  const items = { total: 1, done: 0, failed: 1 }
  const queueId = await laneOf()
  await importFinished(store, [{ id, typeId, queueId, state: 'failed', items, ...said, ...unsaid, ...times }])
  await store.pool.query(`insert into item (job_id, idx, state, content) values ($1, 0, 3, '^XA^XZ')`, [id])
  await store.pool.query(
    `insert into job_log (job_id, attempt, at, level, message) values ($1, 1, $2, 1, 'Paper is out')`,
    [id, at],
  )
  return id
}
