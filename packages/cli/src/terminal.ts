import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Interrupted } from './exit.ts'

/** Asks on the terminal: the question goes to stderr, since stdout is for data. */
export async function askOnTerminal(question: string, echo: 'hidden' | 'shown'): Promise<string> {
  process.stderr.write(question)
  const output = echo === 'shown' ? process.stderr : new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await new Promise((resolve, reject) => {
      lines.once('SIGINT', () => reject(new Interrupted('interrupted')))
      lines.once('close', () => reject(new Interrupted('interrupted')))
      lines.question('').then(resolve, reject)
    })
  } finally {
    lines.close()
    if (echo === 'hidden') process.stderr.write('\n')
  }
}
