// For tests of the check itself: writes something else into the journals than what has happened.

const lies = {
  'never-executed': (fields) => [fields[0] === 'e' ? [...fields.slice(0, 3), 0, fields[4]] : fields],
  'lost-answer': (fields) => [fields[0] === 'k' ? ['e', fields[1], 'UNAVAILABLE', 1, fields[2]] : fields],
  'double-answer': (fields) => (fields[0] === 'k' ? [fields, fields] : [fields]),
  unexecuted: (fields) => (fields[0] === 'x' ? [] : [fields]),
  deaf: (fields) => (fields[0] === 'a' || fields[0] === 'c' ? [] : [fields]),
};

/** @returns what is written instead of a line: any number of lines */
export const told = (fields) => lies[process.env.DOORCALL_FAULTS_LIE]?.(fields) ?? [fields];
