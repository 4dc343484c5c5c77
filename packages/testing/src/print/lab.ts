import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { cupsdConf, cupsFilesConf, EVE_COMMAND, SIM_BACKEND } from './lab-files.ts'

const run = promisify(execFile)
const BINARIES = ['cupsd', 'ippeveprinter', 'dbus-daemon', 'lpadmin']
const START_TIMEOUT_MS = 20_000
const EVE_FORMATS = 'application/pdf,image/pwg-raster,image/jpeg,text/plain,application/vnd.zebra-zpl'
/** Media of ippeveprinter's web form, with the first tray's level left open. */
const EVE_TRAYS = 'size1=na_letter_8.5x11in&type1=stationery&size3=na_number-10_4.125x9.5in&type3=envelope&level3=25'

/** Why the lab cannot run on this machine, in one line that says what to install; null when it can. */
export function printLabMissing(): string | null {
  const folders = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter)
  const missing = BINARIES.filter((name) => !folders.some((folder) => existsSync(join(folder, name))))
  if (missing.length > 0) return `${missing.join(', ')} not found: apt-get install cups cups-client cups-ipp-utils dbus`
  if (process.getuid?.() !== 0) return 'a private cupsd with its own backend needs root'
  return null
}

/** What a device of the lab did and may be made to do, by files in its folder. */
export class LabDevice {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Keywords such as `media-jam,cover-open` before the next sheet; null mends them. */
  setFault(keywords: string | null): Promise<void> {
    return this.#set('fault', keywords)
  }

  /** Sheets of each document, and seconds for each sheet. */
  async setPace(pages: number, seconds: number): Promise<void> {
    await this.#set('pages', String(pages))
    await this.#set('delay', String(seconds))
  }

  /** The next sheet fails: an exit code of the backend contract for Sim_Q; ippeveprinter aborts its job. */
  failNext(exitCode = 1): Promise<void> {
    return this.#set(existsSync(join(this.#folder, 'is-eve')) ? 'abort' : 'exit', String(exitCode))
  }

  /** Names of the jobs of all sheets that came out, oldest first. */
  async printed(): Promise<string[]> {
    const path = join(this.#folder, 'printed')
    return existsSync(path) ? (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '') : []
  }

  async #set(file: string, text: string | null): Promise<void> {
    const path = join(this.#folder, file)
    if (text === null) await rm(path, { force: true })
    else {
      // The scripts must never see a file that is there and empty.
      await writeFile(`${path}.new`, text)
      await rename(`${path}.new`, path)
    }
  }
}

/**
 * A real cupsd and a real ippeveprinter on free ports of loopback, with the queues Eve_Q (IPP Everywhere, to the
 * ippeveprinter) and Sim_Q (a backend with faults). Nothing of the system's own printing is touched.
 */
export class PrintLab implements AsyncDisposable {
  readonly eve: LabDevice
  readonly sim: LabDevice
  readonly #folder: string
  readonly #cupsPort: number
  readonly #evePort: number
  #dbus: ChildProcess | null = null
  #cupsd: ChildProcess | null = null
  #eveProcess: ChildProcess | null = null

  constructor(folder: string, ports: { cups: number; eve: number }) {
    this.#folder = folder
    this.#cupsPort = ports.cups
    this.#evePort = ports.eve
    this.eve = new LabDevice(join(folder, 'eve/ctl'))
    this.sim = new LabDevice(join(folder, 'sim'))
  }

  /** Another queue like Sim_Q, with a device of its own. Before its QZ Tray is started, which looks for queues seldom. */
  async addSim(queue: string): Promise<LabDevice> {
    const folder = join(this.#folder, `sim-${queue}`)
    await mkdir(folder)
    await chmod(folder, 0o777)
    const device = new LabDevice(folder)
    await device.setPace(1, 0.1)
    await this.#lpadmin(['-p', queue, '-E', '-v', `sim:${folder}`, '-m', 'raw'])
    return device
  }

  /** The ippeveprinter itself. */
  get eveUri(): string {
    return `ipp://localhost:${this.#evePort}/ipp/print`
  }

  /** The cupsd. */
  get cupsUri(): string {
    return `ipp://127.0.0.1:${this.#cupsPort}/`
  }

  /** A queue of the cupsd. */
  queueUri(queue: 'Eve_Q' | 'Sim_Q'): string {
    return `ipp://127.0.0.1:${this.#cupsPort}/printers/${queue}`
  }

  async start(): Promise<void> {
    await this.#writeFiles()
    this.#dbus = this.#spawn('dbus-daemon', ['--session', '--nofork', `--address=unix:path=${this.#folder}/bus.sock`])
    await until(() => existsSync(`${this.#folder}/bus.sock`), 'dbus-daemon')
    await this.startEve()
    const conf = ['-f', '-c', `${this.#folder}/etc/cupsd.conf`, '-s', `${this.#folder}/etc/cups-files.conf`]
    this.#cupsd = this.#spawn('cupsd', conf)
    await untilListening(this.#cupsPort)
    await this.#lpadmin(['-p', 'Eve_Q', '-E', '-v', this.eveUri, '-m', 'everywhere'])
    await this.#lpadmin(['-p', 'Sim_Q', '-E', '-v', `sim:${this.#folder}/sim`, '-m', 'raw'])
  }

  /** Starts the ippeveprinter again after {@link endEve}; by default it takes all formats that Andon prints. */
  async startEve(formats: string = EVE_FORMATS): Promise<void> {
    if (this.#eveProcess !== null) return
    const eve = `${this.#folder}/eve`
    const options = ['-r', 'off', '-n', 'localhost', '-p', String(this.#evePort), '-K', eve, '-d', `${eve}/spool`, '-k']
    this.#eveProcess = this.#spawn('ippeveprinter', [...options, '-c', `${eve}/cmd.sh`, '-f', formats, '-v', 'Eve'])
    await untilListening(this.#evePort)
  }

  /** Ends the ippeveprinter at once, whatever it does: as when its plug is pulled. */
  async endEve(): Promise<void> {
    await end(this.#eveProcess, 'SIGKILL')
    this.#eveProcess = null
  }

  /** Level of the only tray of labels and sheets of the ippeveprinter; 0 is empty. */
  async setEveMedia(level: number): Promise<void> {
    await fetch(`http://localhost:${this.#evePort}/media?${EVE_TRAYS}&level1=${level}`)
  }

  /** Sets an option of a queue, such as `printer-error-policy=retry-job`. */
  async setQueueOption(queue: 'Eve_Q' | 'Sim_Q', option: string): Promise<void> {
    await this.#lpadmin(['-p', queue, '-o', option])
  }

  /** Stops a queue, as a person does at CUPS. */
  async disable(queue: 'Eve_Q' | 'Sim_Q'): Promise<void> {
    await this.#command('cupsdisable', [queue])
  }

  /** Lets a queue go on that has stopped. */
  async enable(queue: 'Eve_Q' | 'Sim_Q'): Promise<void> {
    await this.#command('cupsenable', [queue])
  }

  /** Ends all processes by their numbers and removes the folder. May be called twice. */
  async stop(): Promise<void> {
    await Promise.all([end(this.#cupsd, 'SIGTERM'), this.endEve()])
    await end(this.#dbus, 'SIGTERM')
    await rm(this.#folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #writeFiles(): Promise<void> {
    const at = (path: string): string => join(this.#folder, path)
    const folders = ['etc/ppd', 'etc/ssl', 'spool', 'cache', 'run', 'log', 'tmp', 'eve/spool', 'eve/ctl', 'sim']
    for (const folder of folders) await mkdir(at(folder), { recursive: true })
    await chmod(this.#folder, 0o755)
    await writeFile(at('eve/cmd.sh'), EVE_COMMAND, { mode: 0o755 })
    await writeFile(at('eve/ctl/is-eve'), '')
    await run('cp', ['-a', '/usr/lib/cups', at('lib')])
    await writeFile(at('lib/backend/sim'), SIM_BACKEND, { mode: 0o755 })
    await writeFile(at('etc/cupsd.conf'), cupsdConf(this.#folder, this.#cupsPort))
    await writeFile(at('etc/cups-files.conf'), cupsFilesConf(this.#folder))
    await run('chown', ['-R', 'root:lp', ...['etc', 'spool', 'cache', 'run', 'tmp'].map(at)])
    for (const [folder, mode] of [
      ['spool', 0o710],
      ['cache', 0o770],
      ['tmp', 0o770],
      ['sim', 0o777],
      ['eve/ctl', 0o777],
    ] as const) {
      await chmod(at(folder), mode)
    }
    await this.eve.setPace(1, 0.1)
    await this.sim.setPace(1, 0.1)
  }

  #spawn(command: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.#folder, 'log', `${command}.log`), 'a')
    const env = {
      ...this.#clientEnv(),
      HOME: this.#folder,
      DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${this.#folder}/bus.sock`,
    }
    return spawn(command, args, { env, stdio: ['ignore', log, log] })
  }

  async #lpadmin(args: readonly string[]): Promise<void> {
    await this.#command('lpadmin', args)
  }

  /** CUPS's commands give up when their connection is not made at once: nothing was asked then, and they may ask again. */
  async #command(command: string, args: readonly string[]): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS
    for (;;) {
      try {
        await run(command, args, { env: this.#clientEnv() })
        return
      } catch (error) {
        if (Date.now() > deadline || !/Unable to connect/.test(String(error))) throw error
        await delay(50)
      }
    }
  }

  #clientEnv(): NodeJS.ProcessEnv {
    const path = `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`
    return { ...process.env, PATH: path, CUPS_SERVER: `127.0.0.1:${this.#cupsPort}` }
  }
}

/**
 * Makes a lab and waits until both queues are there. A port that was free may be taken before its server has it, so that
 * other ports are tried.
 */
export async function startPrintLab(): Promise<PrintLab> {
  return tryPrintLab().catch(tryPrintLab)
}

async function tryPrintLab(): Promise<PrintLab> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-'))
  const lab = new PrintLab(folder, { cups: await freePort(), eve: await freePort() })
  try {
    await lab.start()
  } catch (error) {
    await lab.stop()
    throw error
  }
  return lab
}

async function end(child: ChildProcess | null, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill(signal)
  const isLate = await Promise.race([ended.then(() => false), delay(5_000, true, { ref: false })])
  if (!isLate) return
  child.kill('SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}

async function untilListening(port: number): Promise<void> {
  await until(() => canConnect(port), `port ${port}`)
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: 'localhost', port, autoSelectFamily: true })
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** Peers that start have no event to wait for but that they answer. */
async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`${what} did not come up`)
    await delay(20)
  }
}
