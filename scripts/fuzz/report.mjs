// What a run of all targets has come to.

/**
 * @param results { name, tried: inputs, messages or rounds, findings: sentences }, of each target
 * @returns the last line, and the exit code: a target that did nothing has shown nothing
 */
export function reportOf(results) {
  const findings = results.reduce((sum, result) => sum + result.findings.length, 0);
  const idle = results.filter(({ tried, findings }) => tried === 0 && findings.length === 0);
  const untried =
    idle.length === 0
      ? ''
      : `; not tried: ${idle.map(({ name }) => name).join(', ')} (give it more --seconds)`;
  return { line: `fuzz: ${findings} findings${untried}`, code: findings + idle.length === 0 ? 0 : 1 };
}
