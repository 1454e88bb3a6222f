import type { Entropy } from './entropy.js';

/** Texts that the formats of zod accept, and near misses. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  email: ['a@b.cd', 'first.last+tag@sub.example.org', 'a@b'],
  uuid: ['123e4567-e89b-42d3-a456-426614174000', '00000000-0000-0000-0000-000000000000', '123e4567'],
  guid: ['123e4567-e89b-02d3-0456-426614174000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', 'g'],
  url: [
    'http://a.b',
    'https://example.com/p?q=1#h',
    ' https://exa\nmple.com ',
    'HTTP://EXAMPLE.com',
    'mailto:a',
    'x',
  ],
  emoji: ['😀', '👩‍👧', 'a'],
  nanoid: ['V1StGXR8_Z5jdHi6B-myT', 'V1StGXR8_Z5jdHi6B-my'],
  cuid: ['cjld2cjxh0000qzrmn831i7rn', 'd'],
  cuid2: ['tz4a98xxat96iws9zmbrgj3a', 'A'],
  ulid: ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '81ARZ3NDEKTSV4RRFFQ69G5FAV'],
  xid: ['9m4e2mr0ui3e8a215n4g', '9m4e'],
  ksuid: ['0ujsswThIGTUYm2K8FjOOfXtY1K', '0ujs'],
  ipv4: ['127.0.0.1', '256.0.0.1'],
  ipv6: ['::1', '2001:db8::ff00:42:8329', ':::'],
  mac: ['00:1a:2b:3c:4d:5e', '00:1A:2b:3c:4d:5e'],
  cidrv4: ['10.0.0.0/8', '10.0.0.0/33'],
  cidrv6: ['2001:db8::/32', '::/129'],
  base64: ['', 'YWI=', 'YWJj', 'YWI'],
  base64url: ['', 'YWI', 'Y_-j', 'YWI='],
  e164: ['+14155552671', '+0'],
  jwt: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2ln', 'a.b.c'],
  credit_card: ['4111 1111 1111 1111', '4111111111111112'],
  iban: ['DE89370400440532013000', 'DE88370400440532013000'],
  date: ['2024-02-29', '2023-02-29'],
  time: ['23:59', '23:59:59.999', '24:00'],
  datetime: [
    '2024-02-29T12:00:00Z',
    '2024-02-29T12:00:00.123Z',
    '2024-02-29T12:00:00+02:00',
    '2024-02-29T12:00',
  ],
  duration: ['P1Y2M3DT4H5M6S', 'P3W', 'P'],
  hostname: ['example.com', 'localhost', '-a'],
  hex: ['', 'dead', 'BEEF0', 'g'],
  currency_code: ['EUR', 'XXY'],
  md5_hex: ['d41d8cd98f00b204e9800998ecf8427e', 'd41d'],
  sha256_base64url: ['47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU', '47DE'],
  even: ['', 'ab', 'a'],
};

/** Texts for the patterns that generated schemas use. */
export const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  '^a+$': ['a', 'aaa', 'b'],
  '\\d{2}': ['12', 'a345', '1'],
  '^[^a]*$': ['', 'bcd', 'a'],
  '^.$': ['x', '😀', 'é'],
  '^\\p{L}+$': ['Äé', 'ab', '1'],
  '[xyz]': ['x', 'ay', 'a'],
};

const CHARACTERS = ['a', 'b', 'X', ' ', '0', '-', 'ß', '日', '😀'] as const;
/** Lengths at which an encoding may change its form. */
export const EDGES = [
  1, 2, 15, 16, 17, 31, 32, 33, 48, 49, 63, 64, 127, 128, 255, 256, 4095, 4096, 16383, 16384, 65535, 65536,
];

/** A text of a format; seldom a near miss. */
export function textOfFormat(format: string, entropy: Entropy): string {
  const texts = FORMATS[format];
  if (texts === undefined) return word(entropy, entropy.int(6));
  const last = texts.length - 1;
  return entropy.once(8) ? (texts[last] as string) : entropy.pick(last === 0 ? texts : texts.slice(0, last));
}

/** A text of so many characters, of one or several kinds. */
export function word(entropy: Entropy, length: number): string {
  const first = entropy.pick(CHARACTERS);
  if (length < 2 || !entropy.once(2)) return first.repeat(length);
  return first.repeat(length - 1) + entropy.pick(CHARACTERS);
}

/** A text that encodings find hard. */
export function oddText(entropy: Entropy): string {
  switch (entropy.int(9)) {
    case 0:
      return '';
    case 1:
      return word(entropy, entropy.pick(EDGES));
    case 2:
      return entropy.pick(['\ud800', 'a\udfff', '\udc00\ud800', `${'a'.repeat(70)}\ud83d`]);
    case 3:
      return entropy.pick([
        '\u0000',
        '\ufeffa',
        `\ufeff${'b'.repeat(40)}`,
        '\u007f\u0080',
        '\u00ff\u0100',
        '\u2028',
      ]);
    case 4:
      return entropy.pick(['__proto__', 'constructor', 'toString', 'length', 'then']);
    case 5:
      return entropy.pick([
        '0',
        '-0',
        '1e3',
        '12',
        ' 12',
        '1n',
        'NaN',
        'null',
        'undefined',
        'true',
        'FALSE',
        'yes',
      ]);
    case 6:
      return entropy.pick([' a ', 'ABC', 'İ', 'ﬁ', 'e\u0301', '\u00e9', 'a\n']);
    case 7:
      return entropy.pick(Object.values(FORMATS).flat());
    default:
      return word(entropy, entropy.int(6));
  }
}
