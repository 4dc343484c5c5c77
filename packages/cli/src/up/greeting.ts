import type { UpSettings } from './settings.ts'
import type { Running } from './up.ts'

/** Says on the terminal where to go. */
export function tellRunning(running: Running, settings: UpSettings): void {
  const { url } = running
  const lines = url === null ? ['Andon drives printers. Press Ctrl-C to stop.'] : serverLines(url, running, settings)
  process.stdout.write(`${lines.join('\n')}\n`)
}

function serverLines(url: string, { link, isDemo }: Running, { databaseUrl, dataDir }: UpSettings): string[] {
  const address = link ? `${url}/sign-in?link=${link.link}` : url
  const lines = ['', `  Andon is up:  ${address}`]
  if (link) lines.push('                (the link signs you in once; choose a password there)')
  lines.push(`  Data:         ${databaseUrl === null ? dataDir : 'the database of DATABASE_URL'}`)
  if (isDemo) lines.push('  Shop:         a demonstration; remove it with: npx andon demo remove')
  return [...lines, '  Stop:         Ctrl-C', '']
}
