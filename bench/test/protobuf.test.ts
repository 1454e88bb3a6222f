import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { loadSync } from '@grpc/proto-loader';
import { expect, it } from 'vitest';
import { file_orders } from '../src/transports/shared/orders_pb.js';

/** Of a description what goes over the wire: names of types are written with their package or without. */
function wireOf({ messageType, service }: FileDescriptorProto) {
  const short = (typeName: string) => typeName.split('.').at(-1);
  const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const messages = messageType.map(({ name, field }) => {
    const fields = field.map(({ name, number, type, label, typeName }) => {
      return { name: camel(name), number, type, label, typeName: short(typeName) };
    });
    return { name, fields };
  });
  const methods = service.flatMap(({ method }) => {
    return method.map(({ name, inputType, outputType }) => [name, short(inputType), short(outputType)]);
  });
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  return { messages: messages.sort(byName), methods };
}

it('the generated protobuf-es code is that of orders.proto', () => {
  const loaded = loadSync(fileURLToPath(new URL('../proto/orders.proto', import.meta.url)), {
    keepCase: true,
  });
  const { fileDescriptorProtos } = loaded['orders.Order'] as unknown as { fileDescriptorProtos: Buffer[] };
  const written = fileDescriptorProtos
    .map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes))
    .find((file) => file.package === 'orders')!;
  // When it is not: `protoc-gen-es` as the first lines of orders_pb.ts say, by buf or protoc.
  expect(wireOf(file_orders.proto)).toEqual(wireOf(written));
  expect(wireOf(written).methods).toHaveLength(3);
});
