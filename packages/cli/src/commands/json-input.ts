import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf } from '@andon/core/base'
import { UsageError } from '../exit.ts'
import type { Session } from '../session.ts'

/** What `--input` says: JSON, `@file` with some, or `-` for stdin. */
export async function jsonInput(session: Session, written: string): Promise<unknown> {
  const text = await textOf(session, written)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = messageOf(cause)
    throw new UsageError(`--input is not valid JSON: ${why}`, 'Quote it for the shell, or use --input @file.json')
  }
}

async function textOf(session: Session, written: string): Promise<string> {
  if (written === '-') return new TextDecoder().decode(await session.io.stdin.read())
  if (!written.startsWith('@')) return written
  const path = resolve(session.io.cwd, written.slice(1))
  return readFile(path, 'utf8').catch(() => {
    throw new UsageError(`The file ${path} cannot be read.`)
  })
}
