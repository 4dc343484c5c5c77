import type { Command } from 'commander'

/** What people type, by the command it is an example of. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  '': ['andon up --demo', 'andon jobs list state:failed', 'andon print label.zpl --printer Zebra --watch'],

  'jobs list': [
    'andon jobs list',
    'andon jobs list state:failed printer:"Badge 01" created:<2h',
    'andon jobs list --status running --watch',
    'andon jobs list --type "print.*" --since 1d -o csv > jobs.csv',
    'andon jobs list --json id,state,items.done',
  ],
  'jobs status': ['andon jobs status 01a21dd6', 'andon jobs status 01a21dd6 --exit-status -o json'],
  'jobs export': ['andon jobs export --csv --since 7d > jobs.csv', 'andon jobs export state:failed --to failed.csv'],
  'jobs logs': ['andon jobs logs 01a21dd6 --follow', 'andon jobs logs 01a21dd6 --level warning --search timeout'],
  'jobs watch': ['andon jobs watch 01a21dd6', 'andon jobs watch 01a21dd6 -o jsonl'],
  'jobs wait': ['andon jobs wait 01a21dd6 --timeout 10m', 'andon jobs wait 01a21dd6 --for running'],
  'jobs cancel': [
    'andon jobs cancel 01a21dd6 --reason "wrong file" --wait 5s',
    'andon jobs cancel 01a21dd6 --kill',
    'andon jobs cancel --query "queue:reports state:queued" --dry-run',
  ],
  'jobs retry': ['andon jobs retry 01a21dd6 --failed --watch', 'andon jobs retry --query "error:printer_offline" -y'],
  'jobs confirm': ['andon jobs confirm 01a21dd6 --printed', 'andon jobs confirm 01a21dd6 --again --from 151'],
  'jobs hold': ['andon jobs hold 01a21dd6 --reason "paper is ordered"'],
  'jobs release': ['andon jobs release 01a21dd6'],
  'jobs bulk': [
    'andon jobs bulk priority queue:reports --priority high',
    'andon jobs bulk move printer:Zebra state:queued --printer "Zebra 2" --dry-run',
  ],
  'jobs create': [
    `andon jobs create report.pdf --input '{"of":"yesterday"}' --watch`,
    'andon jobs create report.pdf --input @order.json --at 30m --wait 10m',
  ],
  print: [
    'andon print label.zpl --printer Zebra --items 200 --watch',
    'andon print invoice.pdf --pool Office --copies 2 --sides two-sided-long-edge',
    'cat label.zpl | andon print - --printer Zebra',
  ],

  'printers list': ['andon printers list', 'andon printers list -o name'],
  'printers status': ['andon printers status Zebra', 'andon printers status Zebra --watch'],
  'printers add': [
    'andon printers add Zebra ipp://zebra.example.com/ipp/print --kind label --location "Hall 2"',
    'andon printers add "Badge 01" socket://10.0.0.7:9100 --pool Badges',
  ],
  'printers set': [
    'andon printers set Zebra --failover-to "Zebra 2" --failover-after 10m',
    'andon printers set "Badge 01" --name "Badge 02" --no-failover',
  ],
  'printers discover': ['andon printers discover', 'andon printers discover --cups ipp://cups.example.com:631'],
  'printers remove': ['andon printers remove Zebra'],
  'printers pause': ['andon printers pause Zebra --reason "new ribbon" --until 30m'],
  'printers resume': ['andon printers resume Zebra'],
  'printers test': ['andon printers test Zebra --watch'],
  'printers diagnose': ['andon printers diagnose Zebra'],

  'queues list': ['andon queues list'],
  'queues status': ['andon queues status reports'],
  'queues pause': ['andon queues pause reports --reason "the source is shut" --until 2h'],
  'queues resume': ['andon queues resume reports'],
  'queues drain': ['andon queues drain reports', 'andon queues drain reports --undo'],
  'queues limits': ['andon queues limits reports --slots 5 --rate 100/1m', 'andon queues limits reports --slots none'],
  'pools list': ['andon pools list'],
  'pools add': ['andon pools add Badges'],
  'pools remove': ['andon pools remove Badges'],
  'workers list': ['andon workers list'],
  'workers status': ['andon workers status 4'],
  'workers drain': ['andon workers drain 4', 'andon workers drain 4 --undo'],

  'schedules list': ['andon schedules list'],
  'schedules show': ['andon schedules show "Morning report"'],
  'schedules preview': ['andon schedules preview "0 6 * * MON-FRI" --zone Europe/Berlin'],
  'schedules add': [
    `andon schedules add "Morning report" --cron "0 6 * * MON-FRI" --zone Europe/Berlin --type report.pdf`,
  ],
  'schedules change': ['andon schedules change "Morning report" --cron "30 5 * * *" --overlap skip'],
  'schedules pause': ['andon schedules pause "Morning report"'],
  'schedules resume': ['andon schedules resume "Morning report"'],
  'schedules run': ['andon schedules run "Morning report" --watch'],
  'schedules remove': ['andon schedules remove "Morning report"'],

  station: ['ANDON_TOKEN=andon_… andon station --name Reception --server https://andon.example.com'],
  'stations list': ['andon stations list'],
  'stations status': ['andon stations status Reception'],
  'stations add': ['andon stations add Reception'],
  'stations set': ['andon stations set Reception --name "Front desk"', 'andon stations set Reception --no-printing'],
  'stations remove': ['andon stations remove Reception'],

  'rules list': ['andon rules list'],
  'rules add': [
    'andon rules add "Label prints fail" --on job_failed --type "print.*" --mail anna@example.com',
    'andon rules add "Exports are slow" --on job_slow --type export.data --over 10m --slack https://hooks.slack.com/…',
    'andon rules add "Too many failures" --on failure_rate --percent 20 --window 1h --min 10 --webhook https://…',
    'andon rules add "Zebra is down" --on printer_down --printer Zebra --over 5m --mail a@x.de --quiet-hours 22:00-06:00',
  ],
  'rules change': [
    'andon rules change "Exports are slow" --over 20m',
    'andon rules change "Label prints fail" --mail anna@example.com,bert@example.com --quiet-hours none',
  ],
  'rules remove': ['andon rules remove "Exports are slow"'],
  'rules pause': ['andon rules pause "Exports are slow"'],
  'rules resume': ['andon rules resume "Exports are slow"'],
  'rules test': ['andon rules test "Label prints fail"'],
  'rules alerts': ['andon rules alerts', 'andon rules alerts --all'],
  'rules acknowledge': ['andon rules acknowledge 31'],

  'floor status': ['andon floor status'],
  'floor process': ['andon floor process --source both', 'andon floor process --source scanner --force'],
  'floor scan': ['andon floor scan 4604_5889_1 --operation kiss_cut --machine laser-1'],
  'floor runlist': ['andon floor runlist RL-00018'],
  'floor imposition': ['andon floor imposition IMP-00042'],
  'floor job': ['andon floor job 4604_5889'],
  'floor errors list': ['andon floor errors', 'andon floor errors list --reason unknown_imposition'],
  'floor errors retry': ['andon floor errors retry', 'andon floor errors retry 36 33'],
  'floor errors dismiss': ['andon floor errors dismiss 36'],
  'floor migrate': ['andon floor migrate --plan'],

  'analytics throughput': ['andon analytics throughput --since 30d --by printer'],
  'analytics failures': ['andon analytics failures --since 30d --by type'],
  'analytics reasons': ['andon analytics reasons --type "print.*"'],
  'analytics waits': ['andon analytics waits --since 1d --by user'],
  'analytics availability': ['andon analytics availability --printer Zebra -o csv'],
  'analytics reprints': ['andon analytics reprints --since 30d'],
  'analytics media': ['andon analytics media --since 30d'],
  'errors list': ['andon errors list --open --since 1d'],
  'errors show': ['andon errors show 9f2c1e7a'],
  'errors retry': ['andon errors retry 9f2c1e7a --dry-run'],

  'retention list': ['andon retention list'],
  'retention set': [
    'andon retention set "print.*" --keep 365',
    'andon retention set "index.*" --keep 7 --after delete --dry-run',
  ],
  'retention remove': ['andon retention remove "index.*"'],
  'retention run': ['andon retention run'],
  'history list': ['andon history list'],
  'history archive': ['andon history archive 2026-06'],
  'history restore': ['andon history restore 2026-06'],
  'history delete': ['andon history delete 2024-01 2024-02'],

  login: [
    'andon login --server https://andon.example.com',
    'andon login --server https://andon.example.com --with-token < token-file',
    'andon login --server https://andon.example.com --profile shop',
  ],
  logout: ['andon logout'],
  whoami: ['andon whoami'],
  'profile list': ['andon profile list'],
  'profile use': ['andon profile use shop'],
  'profile remove': ['andon profile remove shop'],
  completion: [
    'source <(andon completion bash)',
    'andon completion zsh > ~/.zfunc/_andon',
    'andon completion fish > ~/.config/fish/completions/andon.fish',
  ],
  'users list': ['andon users list'],
  'users add': ['andon users add anna --role operator --display-name "Anna Berg"'],
  'users link': ['andon users link anna'],
  'users role': ['andon users role anna supervisor'],
  'users disable': ['andon users disable anna'],
  'users enable': ['andon users enable anna'],
  'tokens list': ['andon tokens list'],
  'tokens create': ['andon tokens create reports --scopes worker --expires 90d -o name'],
  'tokens revoke': ['andon tokens revoke 01a21dce-f9f8-74ca-9c76-81ba25bbf714'],
  audit: ['andon audit --actor anna', 'andon audit --target printer:Zebra -L 10'],

  'db migrate': ['andon db migrate --dry-run'],
  'db doctor': ['andon db doctor'],
  'db backup': ['andon db backup andon.backup'],
  'db restore': ['DATABASE_URL=postgres://… andon db restore andon.backup'],
  up: ['andon up --demo', 'DATABASE_URL=postgres://… andon up --host 0.0.0.0'],
  server: ['DATABASE_URL=postgres://… andon server --host 0.0.0.0 --port 80'],
  worker: ['DATABASE_URL=postgres://… andon worker'],
  'demo remove': ['andon demo remove'],
  'demo restore': ['andon demo restore'],
}

/** Examples of each command, at the end of its help. Of a group: one of each of its first commands. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const examples = examplesOf(command, path)
  if (examples.length > 0) {
    const title = examples.length === 1 ? 'Example:' : 'Examples:'
    command.addHelpText('after', `\n${[title, ...examples.map((line) => `  ${line}`)].join('\n')}`)
  }
  for (const child of command.commands) addExamples(child, [...path, child.name()])
}

/** What people type; empty for a command that is not in the list. */
export function examplesOf(command: Command, path: readonly string[]): readonly string[] {
  const own = EXAMPLES[path.join(' ')]
  if (own !== undefined) return own
  return command.commands.slice(0, 3).flatMap((child) => examplesOf(child, [...path, child.name()]).slice(0, 1))
}
