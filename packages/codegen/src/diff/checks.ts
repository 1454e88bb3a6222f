/** A check as a shape holds it: `{"check":"min_length","minimum":1}`. */
type Check = Readonly<Record<string, unknown>>;

/** Whether every value that passes some checks passes others, as far as their numbers can tell. */
export function implied(strong: readonly string[], weak: readonly string[]): boolean {
  const known = strong.map(parse);
  return weak.every((text) => strong.includes(text) || known.some((each) => implies(each, parse(text))));
}

/** What became of the checks of a shape, as people read it: `max length 10 → max length 5`. Empty for nothing. */
export function checkChanges(old: readonly string[] = [], next: readonly string[] = []): string {
  const gone = old.filter((each) => !next.includes(each)).map(parse);
  const come = next.filter((each) => !old.includes(each)).map(parse);
  return message(gone, come);
}

function parse(text: string): Check {
  return JSON.parse(text) as Check;
}

function message(gone: readonly Check[], come: readonly Check[]): string {
  const rest = [...come];
  const parts: string[] = [];
  for (const check of gone) {
    const index = rest.findIndex((each) => each.check === check.check);
    const [successor] = index < 0 ? [] : rest.splice(index, 1);
    parts.push(successor === undefined ? `no longer ${show(check)}` : `${show(check)} → ${show(successor)}`);
  }
  return [...parts, ...rest.map((check) => `now ${show(check)}`)].join(', ');
}

/** Which number formats lie within which. */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  safeint: ['int32', 'uint32'],
  float64: ['safeint', 'int32', 'uint32', 'float32'],
  int64: [],
  uint64: [],
};

/** Whether what passes `strong` passes `weak`, as far as numbers can tell. */
function implies(strong: Check, weak: Check): boolean {
  const bound = (check: Check, field: string) => Number(String(check[field]).replace(/n$/, ''));
  const same = strong.check === weak.check;
  switch (weak.check) {
    case 'min_length':
    case 'min_size': {
      const exact = strong.check === 'length_equals' || strong.check === 'size_equals';
      const least = exact ? bound(strong, 'length' in strong ? 'length' : 'size') : bound(strong, 'minimum');
      return (same || exact) && least >= bound(weak, 'minimum');
    }
    case 'max_length':
    case 'max_size': {
      const exact = strong.check === 'length_equals' || strong.check === 'size_equals';
      const most = exact ? bound(strong, 'length' in strong ? 'length' : 'size') : bound(strong, 'maximum');
      return (same || exact) && most <= bound(weak, 'maximum');
    }
    case 'max_bytes':
      return same && bound(strong, 'maximum') <= bound(weak, 'maximum');
    case 'greater_than':
      return same && beyond(bound(strong, 'value') - bound(weak, 'value'), strong, weak);
    case 'less_than':
      return same && beyond(bound(weak, 'value') - bound(strong, 'value'), strong, weak);
    case 'multiple_of':
      return same && bound(strong, 'value') % bound(weak, 'value') === 0;
    case 'number_format':
      return same && WITHIN[String(weak.format)]?.includes(String(strong.format)) === true;
    default:
      return false;
  }
}

/** Of two bounds, `by` apart: whether the strong one is at least as strong. */
function beyond(by: number, strong: Check, weak: Check): boolean {
  return by > 0 || (by === 0 && (strong.inclusive !== true || weak.inclusive === true));
}

const SIGNS: Readonly<Record<string, readonly [string, string]>> = {
  greater_than: ['>', '≥'],
  less_than: ['<', '≤'],
};

function show({ check, ...fields }: Check): string {
  const signs = SIGNS[String(check)];
  if (signs !== undefined) return `${signs[fields.inclusive === true ? 1 : 0]} ${fields.value}`;
  const { format, prefix, suffix, includes } = fields;
  if (typeof format === 'string') {
    const text = prefix ?? suffix ?? includes;
    if (text !== undefined) return `${format.replace('_', ' ')} ${JSON.stringify(text)}`;
    return format === 'regex' ? `matching ${fields.pattern}` : format;
  }
  const name = String(check ?? 'pattern').replaceAll('_', ' ');
  return [name, ...Object.values(fields).map(String)].join(' ');
}
