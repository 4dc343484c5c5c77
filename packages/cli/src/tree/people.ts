import type { Command } from 'commander'
import type { AuditFlags } from '../commands/people/audit.ts'
import type { TokenFlags } from '../commands/people/tokens.ts'
import type { UserFlags } from '../commands/people/users.ts'
import type { Runner } from '../runner.ts'

/** `andon users …`, `andon tokens …` and `andon audit` */
export function addPeople(program: Command, run: Runner): void {
  addUsers(program.command('users').description('who can sign in'), run)
  addTokens(program.command('tokens').description('tokens for programs'), run)
  program
    .command('audit')
    .description('who did what, newest first')
    .option('--actor <name>', 'by this one')
    .option('--action <verb>', 'such as job.cancel, or job. for all on jobs')
    .option('--target <what>', 'to this, such as printer:Zebra')
    .option('--since <time>', 'since then: an age such as 2h, or a time')
    .option('--until <time>', 'before then: an age such as 1h, or a time')
    .option('-L, --limit <count>', 'how many', '50')
    .action(
      run(async (session, flags: AuditFlags) =>
        (await import('../commands/people/audit.ts')).showAudit(session, flags),
      ),
    )
}

function addUsers(users: Command, run: Runner): void {
  const load = () => import('../commands/people/users.ts')
  users
    .command('list')
    .alias('ls')
    .description('all of them')
    .action(run(async (session) => (await load()).listUsers(session)))
  users
    .command('add')
    .description('add somebody, and print the link for the first visit')
    .argument('<name>')
    .option('--role <role>', 'viewer, operator, supervisor or admin', 'viewer')
    .option('--display-name <text>', 'the full name')
    .option('--email <address>', 'where to write to')
    .option('--payloads', 'may read inputs and results of jobs')
    .action(run(async (session, name: string, flags: UserFlags) => (await load()).addUser(session, name, flags)))
  users
    .command('link')
    .description('print a link that signs somebody in once')
    .argument('<name>')
    .action(run(async (session, name: string) => (await load()).linkUser(session, name)))
  users
    .command('role')
    .description('give somebody another role')
    .argument('<name>')
    .argument('<role>', 'viewer, operator, supervisor or admin')
    .action(run(async (session, name: string, role: string) => (await load()).setRole(session, name, role)))
  for (const [name, description, isDisabled] of [
    ['disable', 'sign somebody out everywhere, and let them in no more', true],
    ['enable', 'let somebody in again', false],
  ] as const) {
    users
      .command(name)
      .description(description)
      .argument('<name...>')
      .action(run(async (session, names: string[]) => (await load()).setDisabled(session, names, { isDisabled })))
  }
}

function addTokens(tokens: Command, run: Runner): void {
  const load = () => import('../commands/people/tokens.ts')
  tokens
    .command('list')
    .alias('ls')
    .description('your tokens; for administrators those of all')
    .action(run(async (session) => (await load()).listTokens(session)))
  tokens
    .command('create')
    .description('make a token, which is printed this once')
    .argument('<name>', 'what it is for')
    .option('--scopes <scopes>', 'what it may do, such as read,jobs (default: read; station with --station)')
    .option('--station <name>', 'for this station, and no other')
    .option('--account <name>', 'of somebody else, for administrators')
    .option('--expires <time>', 'a duration such as 30d, a date, or never; 90 days otherwise')
    .action(run(async (session, name: string, flags: TokenFlags) => (await load()).createToken(session, name, flags)))
  tokens
    .command('revoke')
    .alias('rm')
    .description('end tokens at once')
    .argument('<id...>')
    .action(run(async (session, ids: string[]) => (await load()).revokeTokens(session, ids)))
}
