/** What the environment says; the only place that reads it. Undefined: not set or empty. */
export interface Environment {
  /** `postgres://…` of a server's database. Without it the embedded PostgreSQL is used. */
  readonly databaseUrl: string | undefined
  /** Folder of the embedded database and of what `up` keeps; default `./data`. */
  readonly dataDir: string | undefined
  /** Address that the server binds to; default 127.0.0.1. */
  readonly host: string | undefined
  /** Port that the server binds to; default 7400. */
  readonly port: string | undefined
  /** `trace`, `debug`, `info`, `warn`, `error`; default `info`. */
  readonly logLevel: string | undefined
  /** Names of fields that are never written to the log, with commas between them; default none besides the usual. */
  readonly logSecrets: string | undefined
  /** Addresses and networks of proxies in front of the server, with commas between them; default none. */
  readonly trustedProxies: string | undefined
  /** `smtp://` or `smtps://` of the mail server, with name and password; without it no mail is sent. */
  readonly smtpUrl: string | undefined
  /** Sender of mail: an address, or `Name <address>`. */
  readonly mailFrom: string | undefined
  /** Where people reach the dashboard, for links in messages; default the address that the server listens at. */
  readonly publicUrl: string | undefined
  /** Private hosts, addresses and networks that webhooks may go to, with commas between them; default none. */
  readonly webhookHosts: string | undefined
  /** Address of an OpenID Connect provider; with a client id, people sign in with it. */
  readonly oidcIssuer: string | undefined
  readonly oidcClientId: string | undefined
  readonly oidcClientSecret: string | undefined
  /** What stands on the button; default the host of the issuer. */
  readonly oidcName: string | undefined
  /** With blanks between them; default `openid profile email`. */
  readonly oidcScopes: string | undefined
  /** Claim that the roles are read from, such as `groups`; default none. */
  readonly oidcRoleClaim: string | undefined
  /** `word=role`, with commas between them. */
  readonly oidcRoles: string | undefined
  /** Role of those to whom no word gives one; default none, which is no account. */
  readonly oidcDefaultRole: string | undefined
  /** `make` (default) or `connect`: whether who comes for the first time gets an account. */
  readonly oidcAccounts: string | undefined
  /** `postgres://…` of the shop's database of press records, scans and jobs. */
  readonly floorJobmanagerUrl: string | undefined
  /** `postgres://…` of the shop's database of runlists, files and operations. */
  readonly floorLogsUrl: string | undefined
  /** Zone of the shop (IANA), for its times without one; default that of the machine. */
  readonly floorTimeZone: string | undefined
  /** `keep` (default) or `undo`: what an abort does to what was printed before it. */
  readonly floorAbortRule: string | undefined
  /** How file names are taken apart: a regular expression with two groups, version and job. */
  readonly floorFilePattern: string | undefined
  /** Milliseconds between two looks at the sources; default 60,000. */
  readonly floorEveryMs: string | undefined
  /** Machines whose scans are taken, with commas between them; default all. */
  readonly floorMachines: string | undefined
  /** Address of HP Print Beat; with key, secret and devices, records of its presses are read. */
  readonly printBeatUrl: string | undefined
  readonly printBeatKey: string | undefined
  readonly printBeatSecret: string | undefined
  /** Serial numbers of the presses, with commas between them. */
  readonly printBeatDevices: string | undefined
  /** Address of the server that the commands talk to. */
  readonly serverUrl: string | undefined
  /** API token of the commands. */
  readonly token: string | undefined
  readonly profile: string | undefined
  /** https://no-color.org: any value. */
  readonly noColor: boolean
  /** Folder of the user's settings; default `~/.config`. */
  readonly configHome: string | undefined
  readonly home: string | undefined
}

/** Reads the environment once, at the start of a command. */
export function environment(env: NodeJS.ProcessEnv = process.env): Environment {
  const text = (name: string): string | undefined => env[name] || undefined
  return {
    databaseUrl: text('DATABASE_URL'),
    dataDir: text('ANDON_DATA'),
    host: text('ANDON_HOST'),
    port: text('ANDON_PORT'),
    logLevel: text('ANDON_LOG_LEVEL'),
    logSecrets: text('ANDON_LOG_SECRETS'),
    trustedProxies: text('ANDON_TRUSTED_PROXIES'),
    smtpUrl: text('ANDON_SMTP_URL'),
    mailFrom: text('ANDON_MAIL_FROM'),
    publicUrl: text('ANDON_PUBLIC_URL'),
    webhookHosts: text('ANDON_WEBHOOK_HOSTS'),
    oidcIssuer: text('ANDON_OIDC_ISSUER'),
    oidcClientId: text('ANDON_OIDC_CLIENT_ID'),
    oidcClientSecret: text('ANDON_OIDC_CLIENT_SECRET'),
    oidcName: text('ANDON_OIDC_NAME'),
    oidcScopes: text('ANDON_OIDC_SCOPES'),
    oidcRoleClaim: text('ANDON_OIDC_ROLE_CLAIM'),
    oidcRoles: text('ANDON_OIDC_ROLES'),
    oidcDefaultRole: text('ANDON_OIDC_DEFAULT_ROLE'),
    oidcAccounts: text('ANDON_OIDC_ACCOUNTS'),
    floorJobmanagerUrl: text('FLOOR_JOBMANAGER_URL'),
    floorLogsUrl: text('FLOOR_LOGS_URL'),
    floorTimeZone: text('FLOOR_TIME_ZONE'),
    floorAbortRule: text('FLOOR_ABORT_RULE'),
    floorFilePattern: text('FLOOR_FILE_PATTERN'),
    floorEveryMs: text('FLOOR_EVERY_MS'),
    floorMachines: text('FLOOR_MACHINES'),
    printBeatUrl: text('PRINT_BEAT_URL'),
    printBeatKey: text('PRINT_BEAT_KEY'),
    printBeatSecret: text('PRINT_BEAT_SECRET'),
    printBeatDevices: text('PRINT_BEAT_DEVICES'),
    serverUrl: text('ANDON_SERVER'),
    token: text('ANDON_TOKEN'),
    profile: text('ANDON_PROFILE'),
    noColor: env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '',
    configHome: text('XDG_CONFIG_HOME'),
    home: text('HOME') ?? text('USERPROFILE'),
  }
}
