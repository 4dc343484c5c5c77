/**
 * Bodies that keep rules which no schema says, by operation: the others are made from the schema alone. Those that are
 * spoilt begin from these as well.
 */
export const EXAMPLES: Readonly<Record<string, readonly object[]>> = {
  'POST /api/jobs/bulk': [
    { action: 'cancel', query: 'type:print.*', dry_run: true },
    { action: 'hold', query: 'state:queued', reason: 'later', dry_run: true },
    { action: 'retry', query: 'state:failed', dry_run: false },
  ],
  'POST /api/jobs/{id}/confirm': [{ printed: true }, { printed: false, from: 0, note: 'torn' }],
  'POST /api/jobs/{id}/move': [{ queue: 'default' }, { printer: 'Q' }],
  'POST /api/print': [
    { printer: 'P', items: [{ zpl: '^XA^FDone^FS^XZ', ref: 'BOX-1' }] },
    { pool: 'pool', items: [{ zpl: '^XA^XZ' }], copies: 2 },
  ],
  'POST /api/tokens': [{ name: 'made', account: 'somebody', scopes: ['read', 'jobs'] }],
  'POST /api/queues/{name}/limits': [{ slots: 1 }, { rate_limit: 10, rate_per_ms: 1000 }],
  'POST /api/rules': [
    {
      name: 'slow',
      condition: { on: 'job_slow', over_s: 60 },
      channel: { kind: 'webhook', url: 'https://hooks.example/x' },
      quiet: { minutes: 5, hours: { from: '22:00', to: '06:00', zone: 'Europe/Berlin' } },
    },
  ],
  'PATCH /api/rules/{id}': [{ quiet: { minutes: 5, hours: null } }, { new_secret: true }],
  'PUT /api/retention': [
    {
      rules: [
        { type: '*', state: 'failed', keep_days: 90, after: 'archive', artifact_days: 7 },
        { type: '*', state: null, keep_days: 90, after: 'archive', artifact_days: null },
      ],
    },
  ],
  'POST /api/scans': [
    { code_text: 'RL-1', operations: ['coating'], machine_id: 'm' },
    { code_text: 'FILE_1_Labex_4604_5889_80', operations: { coating: true } },
  ],
  'PUT /api/floor/operations': [
    {
      operations: [
        { operation_id: 'op001', operation_type: 'print', position: 1 },
        { operation_id: 'op003', operation_type: 'coating', position: 3 },
      ],
    },
  ],
  'POST /api/floor/jobs/{id}/overrides': [{ operation_type: 'coating', value: false, reason: 'coated wrongly' }],
  'POST /gateways/print-server/api/print': [
    {
      printer: 'P',
      quantity: 1,
      labels: [{ zpl_code: '^XA^XZ', box_number: 'B' }],
      job_metadata: { priority: 'high' },
    },
  ],
  'POST /api/qz/sign': [{ request: `{"call":"printers.find","params":{},"timestamp":1}` }],
}
