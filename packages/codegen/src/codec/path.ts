/** Where in a schema a step leads, as people write it: `items[].price`, `tags{}`, `by-name.*`, `[0]`, `|1`. */
export function schemaPath(steps: readonly (string | number)[]): string {
  let path = '';
  for (let i = 0; i < steps.length; i++) {
    switch (steps[i]) {
      case 'shape':
        path += `${path === '' ? '' : '.'}${steps[++i]}`;
        break;
      case 'items':
        path += `[${steps[++i]}]`;
        break;
      case 'options':
        path += `|${steps[++i]}`;
        break;
      case 'element':
        path += '[]';
        break;
      case 'rest':
        path += '[…]';
        break;
      case 'keyType':
        path += '.(key)';
        break;
      case 'valueType':
      case 'catchall':
        path += '.*';
        break;
      case 'left':
      case 'right':
        path += `&${steps[i]}`;
        break;
      default:
      // A layer around the same value.
    }
  }
  return path;
}
