import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Interrupted } from './exit.ts'

/** Asks on the terminal: the question goes to stderr, since stdout is for data. */
export async function askOnTerminal(question: string, echo: 'hidden' | 'shown'): Promise<string> {
  if (echo === 'hidden') process.stderr.write(question)
  const output = echo === 'shown' ? process.stderr : new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await new Promise((resolve, reject) => {
      lines.once('SIGINT', () => {
        if (echo === 'shown') process.stderr.write('\n')
        reject(new Interrupted('interrupted'))
      })
      lines.once('close', () => reject(new Interrupted('interrupted')))
      // It draws its line anew at each key, and what it does not know of is wiped out.
      lines.question(echo === 'shown' ? question : '').then(resolve, reject)
    })
  } finally {
    lines.close()
    if (echo === 'hidden') process.stderr.write('\n')
  }
}
