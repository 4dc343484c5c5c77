import pg from 'pg'
import { startEmbeddedPostgres } from '/tmp/w/floor/packages/store/src/embedded/index.ts'
import { FloorDatabases, floorSettings, runPass } from '/tmp/w/floor/packages/floor/src/index.ts'
const RUNLISTS = Number(process.argv[2] ?? 1000), PRESS = Number(process.argv[3] ?? 200000), SCANS = Number(process.argv[4] ?? 200000), JOBS_PER = Number(process.argv[5] ?? 20)
const s = await startEmbeddedPostgres({ dataDir: '/tmp/w/fbenchdb', systemBinaries: true })
const mk = async (n: string) => { const c = new pg.Client(s.connectionString); await c.connect(); await c.query(`drop database if exists ${n} with (force)`); await c.query(`create database ${n}`); await c.end(); const u = new URL(s.connectionString); u.pathname = '/' + n; return u.href }
const jm = await mk('jm'), lg = await mk('lg')
{ const c = new pg.Client(s.connectionString); await c.connect(); for (const d of ['jm','lg']) { await c.query(`alter database ${d} set session_preload_libraries='auto_explain'`); await c.query(`alter database ${d} set auto_explain.log_min_duration='1500'`); await c.query(`alter database ${d} set auto_explain.log_analyze=on`); await c.query(`alter database ${d} set auto_explain.log_timing=off`);await c.query(`alter database ${d} set auto_explain.log_parameter_max_length=40`) } await c.end() }
const f = new FloorDatabases({ jobmanager: jm, logs: lg, ownsDatabases: true }, floorSettings({}))
await f.ready()
const j = new pg.Client(jm), l = new pg.Client(lg); await j.connect(); await l.connect()
let t = performance.now()
const lap = (w: string, n = 0) => { const ms = performance.now() - t; console.log(w, Math.round(ms), 'ms', n ? Math.round(n * 1000 / ms) + '/s' : ''); t = performance.now() }
await l.query(`insert into production_planner_paths select 'RL-'||r, 'IMP-'||r||'-'||i from generate_series(1,$1::int) r, generate_series(1,50) i`, [RUNLISTS])
// 1000 files of a runlist: JOBS_PER jobs
await l.query(`insert into imposition_file_mapping select 'IMP-'||r||'-'||i, 'FILE_1_Labex_'||r||'_'||((i-1)*20+f-1)*${JOBS_PER}/1000||'_'||i||'_'||f from generate_series(1,$1::int) r, generate_series(1,50) i, generate_series(1,20) f`, [RUNLISTS])
await j.query(`insert into jobs (job_id) select r||'_'||k from generate_series(1,$1::int) r, generate_series(0,${JOBS_PER}-1) k`, [RUNLISTS])
await j.query(`insert into "print OS" (name,status,marker,copies,job_complete_time,created_at,payload) select 'IMP-'||(n/50%$2)+1||'-'||n%50+1, case when n%20=0 then 'ABORTED' else 'PRINTED' end, n, 100, timestamp '2026-01-01'+n*interval '1 second', now(), jsonb_build_object('jobName','IMP','inks',jsonb_build_array(1,2,3),'press','P1','x',repeat('y',200)) from generate_series(0,$1::int-1) n`, [PRESS, RUNLISTS])
await j.query(`insert into scanned_codes (code_text, scanned_at, machine_id, operations) select 'RL-'||(n*7919%$2)+1, timestamp '2026-01-01'+n*interval '1 second', 'M'||n%3, jsonb_build_object('operations', jsonb_build_array((array['coating','kiss_cut','backscore','slitter'])[n/$2%4+1])) from generate_series(0,$1::int-1) n`, [SCANS, RUNLISTS])
await j.query('vacuum analyze'); await l.query('vacuum analyze')
lap('seed')
let last = performance.now()
const onProgress = (n: number) => { console.log('   ', n, Math.round(performance.now() - last), 'ms', Math.round(process.memoryUsage.rss()/1e6)+'MB'); last = performance.now() }
t = performance.now()
const p = await runPass(f, 'print_os', { isSweep: true, recentIds: 10000, onProgress }); lap('press '+p.processed+' '+p.jobsUpdated, PRESS)
const c = await runPass(f, 'scanner', { isSweep: true, recentIds: 10000, onProgress }); lap('scans '+c.processed+' '+c.jobsUpdated, SCANS)
for (let i=0;i<3;i++){ await runPass(f, 'print_os', { recentIds: 10000 }); lap('idle press'); await runPass(f, 'scanner', { recentIds: 10000 }); lap('idle scanner') }
if (process.argv[6]==='keep') { console.log(s.connectionString); process.stdin.resume() } else { await j.end(); await l.end(); await f[Symbol.asyncDispose](); await s.stop() }
