import { type MethodKind, streamsInput, streamsOutput } from '@doorcall/core/contract';

/** What a change of a method's kind means, as sentences without their ends. */
export interface KindChange {
  /** `unary → server-streaming: the output is a stream now` */
  readonly message: string;
  /** Why code that was written against the old types does not compile. */
  readonly whyCode: string;
}

/** Words for a method that is of another kind now; undefined when it is not. */
export function kindChange(old: MethodKind, next: MethodKind): KindChange | undefined {
  if (old === next) return undefined;
  const facts: string[] = [];
  const whys: string[] = [];
  const tell = (fact: string, why: string) => {
    facts.push(fact);
    whys.push(why);
  };
  if ((old === 'oneway') !== (next === 'oneway')) {
    if (next === 'oneway') tell('it is not answered any more', 'it gets no answer any more');
    else tell('it is answered now', 'it gets an answer now');
  }
  if (streamsInput(old) !== streamsInput(next)) {
    if (streamsInput(next)) tell('the input is a stream now', 'it passes one value, and not a stream');
    else tell('the input is one value now', 'it passes a stream, and not one value');
  }
  if (streamsOutput(old) !== streamsOutput(next)) {
    if (streamsOutput(next)) tell('the output is a stream now', 'it expects one answer, and not a stream');
    else tell('the output is one value now', 'it expects a stream, and not one answer');
  }
  return { message: `${old} → ${next}: ${facts.join(', ')}`, whyCode: whys.join(', ') };
}

/** As it stands before `method`: `a unary`, `a one-way`. */
export function withArticle(kind: MethodKind): string {
  return kind === 'oneway' ? 'a one-way' : `a ${kind}`;
}
