import type { Argument, Command, Option } from 'commander'
import { processIo } from '../../packages/cli/src/io.ts'
import { buildProgram } from '../../packages/cli/src/program.ts'
import { examplesOf } from '../../packages/cli/src/tree/examples.ts'
import { page, row } from './page.ts'

/** The page of the `andon` command, from the tree that also makes its help. */
export async function cliPage(): Promise<string> {
  const program = await buildProgram(processIo(), { code: 0 }, new Set(['up']))
  return page('The andon command', [
    'Data goes to stdout, everything for people to stderr. Each command explains itself with `--help`.',
    '',
    '## For every command',
    '',
    ...optionTable(program),
    '',
    'Settings: a flag wins over the environment (`ANDON_SERVER`, `ANDON_TOKEN`, `ANDON_PROFILE`), that over',
    '`.andon.json` of the project, and that over `~/.config/andon/config.json`. Without any of them a command talks to',
    'the server that `andon up` runs on this machine.',
    '',
    '## Exit codes',
    '',
    '| code | means |',
    '|---|---|',
    ...EXIT_CODES.map(([code, meaning]) => row([code, meaning])),
    '',
    ...program.commands.flatMap((command) => commandLines(command, [program.name()])),
  ])
}

const EXIT_CODES = [
  ['0', 'it worked'],
  ['1', 'an error that has no code of its own'],
  ['2', 'wrong usage'],
  ['3', 'not found'],
  ['4', 'not allowed'],
  ['5', 'the job failed (with `wait`, `watch` or `--exit-status`)'],
  ['6', 'the job was cancelled (likewise)'],
  ['7', 'the job completed with errors (likewise)'],
  ['8', 'conflict: something else has happened meanwhile'],
  ['9', 'it took too long'],
  ['10', 'the server cannot be reached'],
  ['130', 'interrupted with Ctrl-C'],
] as const

function commandLines(command: Command, above: readonly string[]): string[] {
  const path = [...above, command.name()]
  if (command.commands.length > 0) {
    const inside = command.commands.flatMap((child) => commandLines(child, path))
    return [`## ${path.join(' ')}`, '', sentence(command.description()), '', ...inside]
  }
  const heading = above.length > 1 ? '###' : '##'
  const usage = [...path, command.usage().replace('[options] ', '').replace('[options]', '')].join(' ').trim()
  const aliases = command.aliases().map((alias) => `\`${[...above, alias].join(' ')}\``)
  return [
    `${heading} ${path.join(' ')}`,
    '',
    sentence(command.description()),
    '',
    `\`${usage}\``,
    '',
    ...(aliases.length > 0 ? [`Also: ${aliases.join(', ')}`, ''] : []),
    ...argumentLines(command.registeredArguments),
    ...(command.options.length > 0 ? [...optionTable(command), ''] : []),
    ...exampleLines(command, path.slice(1)),
  ]
}

function exampleLines(command: Command, path: readonly string[]): string[] {
  const examples = examplesOf(command, path)
  return examples.length === 0 ? [] : ['```sh', ...examples, '```', '']
}

function argumentLines(known: readonly Argument[]): string[] {
  const told = known.filter((argument) => argument.description !== '')
  return told.length > 0 ? [...told.map((argument) => `- \`${argument.name()}\`: ${argument.description}`), ''] : []
}

function optionTable(command: Command): string[] {
  return ['| option | what it does |', '|---|---|', ...command.options.map((option) => optionRow(option))]
}

function optionRow(option: Option): string {
  const choices = option.argChoices === undefined ? '' : `: ${option.argChoices.join(', ')}`
  const standard = typeof option.defaultValue === 'string' ? ` (default ${option.defaultValue})` : ''
  return row([`\`${option.flags}\``, `${option.description}${choices}${standard}`])
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
