import type { Issue, MethodDefinition, StandardSchema } from '@doorcall/core';
import { sendingValidatorOf, showPath } from '@doorcall/core/contract';
import { CommandFailure } from '../../terminal/failure.js';
import { nameOf } from './read.js';
import type { Content, Value } from './values.js';

/** As many wrong values are named. */
const MAX_VALUES = 20;

/** As many issues of each. */
const MAX_ISSUES = 5;

/** What zod says where JSON has no such value. */
const BEYOND_JSON = /expected (date|bigint|map|set|undefined|nan|file|[A-Z]\w*)\b|^Invalid input$/;

const JSON_HINT =
  'JSON has no dates, bytes, bigints, maps or sets: give them by a module (--input values.mjs, with a default export),\n' +
  '  or let the contract make them of what JSON has (z.coerce.date(), z.coerce.bigint())';

interface Judged extends Value {
  readonly issues: readonly Issue[];
}

/**
 * The values to call a method with, each as the method takes it.
 *
 * An array is one value where the method takes it as it is, and otherwise as many values as it has elements.
 *
 * @param file for messages
 * @throws CommandFailure that names each wrong value and what is wrong with it
 */
export async function checkedValues(
  method: MethodDefinition,
  content: Content,
  file: string,
): Promise<readonly unknown[]> {
  const schema = method.input;
  if (schema === undefined) {
    throw new CommandFailure('usage', `${method.service}/${method.name} takes no input: leave --input out`);
  }
  const judged = await judge(schema, content);
  if (judged.length === 0) throw new CommandFailure('usage', `${nameOf(file)}: it holds no values`);
  const wrong = judged.filter(({ issues }) => issues.length > 0);
  if (wrong.length > 0) throw new CommandFailure('usage', complaint(method, file, judged.length, wrong));
  return judged.map(({ value }) => value);
}

/** What a method without a file is called with. @throws CommandFailure when it needs an input */
export async function valueOfNone(method: MethodDefinition): Promise<readonly unknown[]> {
  if (method.input === undefined) return [undefined];
  const [nothing] = await judge(method.input, { kind: 'one', value: undefined });
  if (nothing?.issues.length === 0) return [undefined];
  throw new CommandFailure(
    'usage',
    `${method.service}/${method.name} takes input: --input sample.json says with which values to call it`,
  );
}

async function judge(schema: StandardSchema, content: Content): Promise<readonly Judged[]> {
  const validator = sendingValidatorOf(schema);
  const judged = async (value: unknown, place: string): Promise<Judged> => {
    const { issues = [] } = await validator.validate(value);
    return { value, place, issues };
  };
  const all = async (values: readonly Value[]) => {
    const result: Judged[] = [];
    for (const { value, place } of values) result.push(await judged(value, place));
    return result;
  };
  if (content.kind === 'lines') return await all(content.values);
  const whole = await judged(content.value, '');
  if (content.kind === 'one' || whole.issues.length === 0) return [whole];
  const each = await all(content.value.map((value, index) => ({ value, place: `[${index}]` })));
  // Wrong as one value, and its elements have nothing to do with the method: then it was not meant as many.
  const meantAsOne = each.length > 0 && each.every(isWrongAltogether);
  return meantAsOne ? [whole] : each;
}

function isWrongAltogether({ issues }: Judged): boolean {
  return issues.some(({ path }) => path.length === 0);
}

function complaint(
  { service, name }: MethodDefinition,
  file: string,
  count: number,
  wrong: readonly Judged[],
): string {
  const which = count === 1 ? 'it is' : `${wrong.length} of ${count} values are`;
  const lines = wrong.slice(0, MAX_VALUES).flatMap(linesOf);
  if (wrong.length > MAX_VALUES) lines.push(`… and ${wrong.length - MAX_VALUES} more`);
  const beyond = wrong.some(({ issues }) => issues.some(({ message }) => BEYOND_JSON.test(message)));
  const hint = beyond && !/\.[cm]?[jt]s$/.test(file) ? [JSON_HINT] : [];
  const text = [`${nameOf(file)}: ${which} not what ${service}/${name} takes:`, ...lines, ...hint];
  return text.join('\n  ');
}

function linesOf({ place, issues }: Judged): readonly string[] {
  const lines = issues.slice(0, MAX_ISSUES).map(({ path, message }) => {
    const at = place.startsWith('[') ? showPath(place, path) : showPath('input', path);
    return `${place.startsWith('line') ? `${place}: ` : ''}${at}: ${message}`;
  });
  if (issues.length > MAX_ISSUES) lines.push(`${place || 'input'}: … and ${issues.length - MAX_ISSUES} more`);
  return lines;
}
