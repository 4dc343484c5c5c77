import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  DEFAULT_FILE_PATTERN,
  fileName,
  filePattern,
  floorSettings,
  jobCode,
  parseFileName,
  parseJobCode,
} from '../src/index.ts'
import { FloorWorld } from './world.ts'

const digits = fc.stringMatching(/^[0-9]{1,6}$/)
const jobId = fc.tuple(digits, digits).map((parts) => parts.join('_'))
/** What may stand where a version does: anything without `_`. */
const version = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !/[_\0]/.test(text))
const rest = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/_Labex_|\0/.test(text))
/** Names that nearly fit, put together out of what real ones consist of. */
const pieces = fc
  .array(
    fc.constantFrom(
      'FILE',
      '_',
      'Labex',
      '1',
      '4604_5889',
      '46',
      '50 x 50 mm',
      'Circle',
      ' ',
      'ü',
      '🖨',
      '%',
      '\n',
      '-',
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(''))
const names = fc.oneof(
  pieces,
  pieces.map((text) => `FILE_1_Labex_4604_5889${text}`),
  fc.record({ jobId, versionTag: version, rest }).map(({ rest, ...name }) => fileName(name, rest)),
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.replaceAll(/\0|\p{Surrogate}/gu, '_')),
)

describe('names of files', () => {
  test('say what they were made of', () => {
    fc.assert(
      fc.property(jobId, version, rest, (jobId, versionTag, rest) => {
        expect(parseFileName(fileName({ jobId, versionTag }, rest))).toEqual({ jobId, versionTag })
      }),
    )
  })

  test('never name a job by a part of its number', () => {
    expect(parseFileName('FILE_1_Labex_4604_58891_80')?.jobId).toBe('4604_58891')
    expect(parseFileName('FILE_1_Labex_4604_5889_80')?.jobId).toBe('4604_5889')
    fc.assert(
      fc.property(jobId, digits, rest, (jobId, digit, rest) => {
        const longer = parseFileName(fileName({ jobId: `${jobId}${digit}`, versionTag: '1' }, rest))
        expect(longer?.jobId).not.toBe(jobId)
      }),
    )
  })

  test.each([
    ['FILE_1_Labex_4677_5995_50 x 50 mm_Circle', { jobId: '4677_5995', versionTag: '1' }],
    ['FILE_2b_Labex_4604_5889', { jobId: '4604_5889', versionTag: '2b' }],
    ['Labex_4670_5988_MixedLabels_4670_5989', null],
    ['FILE_1_Labex_4604_5889_and_Labex_4604_5890_80', null],
    ['FILE_1_Labex_4604', null],
    ['FILE__Labex_4604_5889_80', null],
    ['file_1_Labex_4604_5889_80', null],
    ['FILE_1_Labex_4604_5889x_80', null],
    ['', null],
  ])('%s', (name, said) => {
    expect(parseFileName(name)).toEqual(said)
  })

  test('of more than 1,024 bytes are not read', () => {
    const name = fileName({ jobId: '4604_5889', versionTag: '1' }, '')
    const fits = `${name}_${'x'.repeat(1_023 - name.length)}`
    expect(parseFileName(fits)).not.toBeNull()
    expect(parseFileName(`${fits}x`)).toBeNull()
    expect(parseFileName(`${name}_${'ü'.repeat(520)}`)).toBeNull()
  })
})

describe('codes of single jobs', () => {
  test('say what they were made of', () => {
    const tag = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,8}$/)
    fc.assert(
      fc.property(jobId, tag, (jobId, versionTag) => {
        expect(parseJobCode(jobCode({ jobId, versionTag }))).toEqual({ jobId, versionTag })
      }),
    )
  })

  test.each(['RL-1', '4604_5889', '4604_5889_', '4604_5889_ 1', '4604__5889_1', ' 4604_5889_1'])(
    '%s is none',
    (text) => {
      expect(parseJobCode(text)).toBeNull()
    },
  )
})

describe('a pattern of the shop', () => {
  test.each([
    ['^((?:a+)+)-([0-9]+)$', 'a repeated group'],
    ['^(?:(?:a+)b?)+(x)([0-9]+)$', 'a group around a repeated one'],
    ['^(?:a|a)*(x)([0-9]+)$', 'a repeated choice'],
    ['^([a-z]+)([a-z0-9]+)$', 'two repetitions that match the same'],
    ['^(.*)_([0-9]+)$', 'a repetition that matches what follows'],
    ['^([a-z]+)_?([a-z]+)$', 'a repetition before something that may be missing'],
    ['^(a+?)_([0-9]+)$', 'a lazy repetition'],
    ['^(a)_([0-9]+)\\1$', 'a back reference'],
    ['^(?<version>a)_([0-9]+)$', 'named groups'],
    ['^(\\d+)_([0-9]+)$', 'an abbreviation that means more in the database'],
    ['^([[:digit:]]+)_([0-9]+)$', 'a class that only the database knows'],
    ['^(a|ab)_([0-9]+)$', 'a choice within a group'],
    ['^([0-9]+$', 'no expression'],
    ['^[0-9]+_([0-9]+)$', 'one group'],
    [`^(${'a'.repeat(200)})_([0-9]+)$`, 'a long one'],
  ])('%s is refused: %s', (source) => {
    expect(() => floorSettings({ file_pattern: source })).toThrow(expect.objectContaining({ field: 'file_pattern' }))
  })

  test.each([
    '^FILE_([^_]+)_Labex_([0-9]+_[0-9]+)(?:_|$)',
    '^DATEI-([0-9]+)-A([0-9]+_[0-9]+)-',
    '^V([0-9]{1,3}) J([0-9]+)\\.pdf$',
    '^(?:FILE|DATEI)_(.)_Labex_([0-9]+)$',
  ])('%s is taken', (source) => {
    expect(floorSettings({ file_pattern: source }).filePattern.source).toBe(source)
  })
})

describe('the database', () => {
  let world: FloorWorld

  beforeAll(async () => {
    world = await FloorWorld.open()
  })

  afterAll(async () => {
    await world[Symbol.asyncDispose]()
  })

  test('reads every name as it is read here', async () => {
    await agrees(
      world,
      names.map((text) => text.slice(0, 900)),
    )
    const long = ['x'.repeat(1_100), `FILE_1_Labex_4604_5889_${'ü'.repeat(600)}`]
    await agrees(world, fc.constantFrom(...long))
  })

  test('and by the pattern of a shop', async () => {
    const given = { file_pattern: '^(?:V|DATEI-)(.)-A([0-9]+)(?:-|$)' }
    await using shop = await FloorWorld.open(given)
    const name = fc
      .array(fc.constantFrom('V', 'DATEI', '-', '-A', 'A', '1', '23', 'ü', '🖨', '\n', ' '), { maxLength: 10 })
      .map((parts) => parts.join(''))
    await agrees(
      shop,
      fc.oneof(
        name,
        name.map((text) => `DATEI-🖨-A${text}`),
        name.map((text) => `V\n-A7${text}`),
      ),
      filePattern(given.file_pattern),
    )
  })
})

async function agrees(world: FloorWorld, name: fc.Arbitrary<string>, pattern = DEFAULT_FILE_PATTERN): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(name, { minLength: 50, maxLength: 200 }), async (names) => {
      const { rows } = await world.logs.pool.query<{ job: string | null; version: string | null }>(
        `select andon_file_job(n) as job, andon_file_version(n) as version
         from unnest($1::text[]) with ordinality as u (n, i) order by i`,
        [names],
      )
      const here = names.map((name) => {
        const said = parseFileName(name, pattern)
        return { name, job: said?.jobId ?? null, version: said?.versionTag ?? null }
      })
      expect(rows.map((row, index) => ({ name: names[index], ...row }))).toEqual(here)
    }),
    { numRuns: 30 },
  )
}
