import { type MethodKind, streamsInput, streamsOutput } from '@doorcall/core/contract';
import type { Break } from './change.js';
import { METHODS, type Roles } from './roles.js';

/** A method that is of another kind now, in words. */
export interface KindChange {
  /** `unary → server-streaming: the output is a stream now` */
  readonly message: string;
  readonly breaks: readonly Break[];
}

/** What it means that a method is of another kind; undefined when it is not. */
export function kindChange(old: MethodKind, next: MethodKind, roles: Roles): KindChange | undefined {
  if (old === next) return undefined;
  const { caller, callee, oldCaller, oldCallee } = roles;
  const parts = partsOf(old, next, roles);
  const [was, is] = [withArticle(old), withArticle(next)];
  return {
    message: `${old} → ${next}: ${parts.map(({ fact }) => fact).join(', ')}`,
    breaks: [
      { who: oldCaller, why: `the ${caller} has ${was} ${roles.word}, the ${callee} ${is} one` },
      { who: oldCallee, why: `the ${caller} has ${is} ${roles.word}, the ${callee} ${was} one` },
      { who: 'client-code', why: parts.map(({ why }) => why).join(', ') },
    ],
  };
}

/** One thing that is different, and what client code has to do with it. */
interface KindPart {
  readonly fact: string;
  readonly why: string;
}

function partsOf(old: MethodKind, next: MethodKind, roles: Roles): readonly KindPart[] {
  const calls = roles === METHODS;
  const parts: KindPart[] = [];
  if ((old === 'oneway') !== (next === 'oneway')) {
    const [now, any] = calls
      ? ['it gets an answer now', 'it gets no answer any more']
      : ['it has to answer now', 'its answer goes nowhere'];
    if (next === 'oneway') parts.push({ fact: 'it is not answered any more', why: any });
    else parts.push({ fact: 'it is answered now', why: now });
  }
  const sides = [
    ['input', streamsInput, calls ? 'passes' : 'takes', 'one value'],
    ['output', streamsOutput, calls ? 'expects' : 'gives', 'one answer'],
  ] as const;
  for (const [side, streams, verb, one] of sides) {
    if (streams(old) === streams(next)) continue;
    const [has, wants] = streams(next) ? [one, 'a stream'] : ['a stream', one];
    parts.push({
      fact: `the ${side} is ${streams(next) ? 'a stream' : 'one value'} now`,
      why: `it ${verb} ${has}, and not ${wants}`,
    });
  }
  return parts;
}

/** As it stands before `method`: `a unary`, `a one-way`. */
function withArticle(kind: MethodKind): string {
  return kind === 'oneway' ? 'a one-way' : `a ${kind}`;
}
