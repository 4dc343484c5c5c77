import type { Command } from 'commander'
import type { AddStationFlags } from '../commands/stations/stations.ts'
import type { StationFlags } from '../station/run.ts'
import type { Runner } from '../runner.ts'

/** `andon station`, which runs one, and `andon stations …` */
export function addStations(program: Command, run: Runner): void {
  program
    .command('station')
    .description('drive the printers of this machine for a server')
    .option('--name <name>', 'the station as the server knows it (default: the name of this machine)')
    .option('--data <folder>', 'where it keeps its journal (default: ./data)')
    .option('--qz-port <port>', 'port of QZ Tray without TLS (default: those that it has by itself)')
    .action(run(async (session, flags: StationFlags) => (await import('../station/run.ts')).runStation(session, flags)))
  const stations = program.command('stations').description('machines at desks, and the printers that they drive')
  const load = () => import('../commands/stations/stations.ts')
  stations
    .command('list')
    .alias('ls')
    .description('all stations, and how they are')
    .action(run(async (session) => (await load()).listStations(session)))
  stations
    .command('status')
    .alias('show')
    .description('stations with their printers, and what is the matter')
    .argument('<name...>')
    .action(run(async (session, names: string[]) => (await load()).showStations(session, names)))
  addManaging(stations, run)
}

function addManaging(stations: Command, run: Runner): void {
  const load = () => import('../commands/stations/stations.ts')
  stations
    .command('add')
    .description('make a station known')
    .argument('<name>')
    .option('--no-printing', 'it does not print for now')
    .option('--ask-after <duration>', 'away for so long, a person is asked what it printed (default: 15m)')
    .action(
      run(async (session, name: string, flags: AddStationFlags) => (await load()).addStation(session, name, flags)),
    )
  stations
    .command('set')
    .description('rename a station, or let it print or not')
    .argument('<name>')
    .option('--name <name>', 'its new name')
    .option('--printing', 'it prints')
    .option('--no-printing', 'it does not print for now')
    .option('--ask-after <duration>', 'away for so long, a person is asked what it printed')
    .action(
      run(async (session, name: string, flags: AddStationFlags & { readonly name?: string }) =>
        (await load()).setStation(session, name, flags),
      ),
    )
  stations
    .command('remove')
    .alias('rm')
    .description('forget a station that has no printers')
    .argument('<name...>')
    .option('-y, --yes', 'without asking')
    .action(
      run(async (session, names: string[], flags: { readonly yes?: boolean }) =>
        (await load()).removeStations(session, names, flags),
      ),
    )
}
