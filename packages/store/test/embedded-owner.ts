import { startEmbeddedPostgres } from '@andon/store/embedded'

// A process of its own that owns a data folder until it is killed. Says one line of JSON when the server is there.
const [dataDir, durability] = process.argv.slice(2)
if (!dataDir) throw new Error('usage: embedded-owner.ts DATA_FOLDER [none]')
const server = await startEmbeddedPostgres({ dataDir, durability: durability === 'none' ? 'none' : 'full' })
console.log(JSON.stringify({ connection: server.connection, pid: server.pid }))
setInterval(() => {}, 60_000)
