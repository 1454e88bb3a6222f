import path from 'node:path';
import { loadContracts } from '@doorcall/codegen';
import type { AnyService, MethodDefinition } from '@doorcall/core';
import { serviceOf } from '@doorcall/core/contract';
import { didYouMean } from '../terminal/did-you-mean.js';
import { CommandFailure } from '../terminal/failure.js';

/** What is called. */
export interface Target {
  readonly service: AnyService;
  readonly method: MethodDefinition;
  /** `orders/place` */
  readonly name: string;
}

/**
 * Finds a method in a service module: a contract, or what was generated from it.
 *
 * @param asked `place` or `orders/place`; undefined is enough where there is one method only
 * @throws CommandFailure when it is not there, or cannot be measured
 */
export async function findTarget(file: string, asked: string | undefined): Promise<Target> {
  const services = await loadContracts(path.resolve(file));
  const targets = services.flatMap(({ service }) =>
    serviceOf(service).methods.map((method) => ({
      service,
      method,
      name: `${method.service}/${method.name}`,
    })),
  );
  const target = choose(targets, asked);
  checkMeasurable(target);
  return target;
}

function choose(targets: readonly Target[], asked: string | undefined): Target {
  const names = targets.map(({ name }) => name);
  if (asked === undefined) {
    const [only] = targets;
    if (only !== undefined && targets.length === 1) return only;
    throw new CommandFailure('usage', `which method? --method is one of ${names.join(', ')}`);
  }
  const [service, method] = asked.includes('/') ? asked.split('/', 2) : [undefined, asked];
  const found = targets.filter(
    ({ name }) => name === asked || (service === undefined && name.endsWith(`/${method}`)),
  );
  if (found.length > 1) {
    const those = found.map(({ name }) => name).join(', ');
    throw new CommandFailure(
      'usage',
      `several services have a method '${asked}': --method is one of ${those}`,
    );
  }
  if (found[0] !== undefined) return found[0];

  const services = [...new Set(targets.map((each) => each.method.service))];
  if (service !== undefined && !services.includes(service)) {
    throw new CommandFailure('usage', `there is no service '${service}'${didYouMean(service, services)}`);
  }
  const ofService = targets.filter((each) => service === undefined || each.method.service === service);
  const methods = ofService.map((each) => (service === undefined ? each.method.name : each.name));
  const whose = services.length === 1 || service !== undefined ? ` in ${service ?? services[0]}` : '';
  throw new CommandFailure('usage', `there is no method '${method}'${whose}${didYouMean(asked, methods)}`);
}

function checkMeasurable({ service, method, name }: Target): void {
  if (method.kind === 'client-streaming' || method.kind === 'bidi-streaming') {
    throw new CommandFailure(
      'usage',
      `${name} takes a stream of inputs, which bench does not make: ` +
        'it measures unary, one-way and server-streaming methods',
    );
  }
  if (serviceOf(service).callbacks !== undefined) {
    throw new CommandFailure(
      'usage',
      `${method.service} calls its clients back, and bench has no handlers for that: ` +
        'a program of your own has to measure it, with @doorcall/load',
    );
  }
}
