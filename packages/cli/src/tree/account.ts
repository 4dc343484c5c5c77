import type { Command } from 'commander'
import type { LoginFlags } from '../commands/account/login.ts'
import type { Runner } from '../runner.ts'

/** `andon login`, `logout`, `whoami`, `profile …` and `completion` */
export function addAccount(program: Command, run: Runner): void {
  program
    .command('login')
    .description('sign in to a server and keep a token for it')
    .option('--name <name>', 'your name there; asked for otherwise')
    .option('--with-token', 'read a token from stdin instead of asking for a password')
    .option('--link <link>', 'sign in by a one-time link')
    .action(
      run(async (session, flags: LoginFlags) => (await import('../commands/account/login.ts')).login(session, flags)),
    )
  program
    .command('logout')
    .description('end the token and forget it')
    .action(run(async (session) => (await import('../commands/account/logout.ts')).logout(session)))
  program
    .command('whoami')
    .description('who you are, and where')
    .action(run(async (session) => (await import('../commands/account/whoami.ts')).whoami(session)))
  addProfiles(program.command('profile').description('the servers you signed in to'), run)
  program
    .command('completion')
    .description('print what makes your shell complete andon commands')
    .argument('<shell>', 'bash, zsh or fish')
    .action(
      run(async (session, shell: string) =>
        (await import('../commands/completion.ts')).printCompletion(session, shell),
      ),
    )
}

function addProfiles(profiles: Command, run: Runner): void {
  const load = () => import('../commands/account/profiles.ts')
  profiles
    .command('list')
    .alias('ls')
    .description('all of them; the one in use is marked')
    .action(run(async (session) => (await load()).listProfiles(session)))
  profiles
    .command('use')
    .description('use this one from now on')
    .argument('<name>')
    .action(run(async (session, name: string) => (await load()).chooseProfile(session, name)))
  profiles
    .command('remove')
    .alias('rm')
    .description('forget one')
    .argument('<name>')
    .action(run(async (session, name: string) => (await load()).removeProfile(session, name)))
}
