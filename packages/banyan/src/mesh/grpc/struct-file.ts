import type { FieldType, ProtoField, ProtoFile, ProtoMessage } from '../../contract/index.ts'

const PACKAGE = 'google.protobuf'
const STRING: FieldType = { kind: 'scalar', scalar: 'string' }

const nullValue = {
  name: 'NullValue',
  fullName: `${PACKAGE}.NullValue`,
  zeroName: 'NULL_VALUE',
  values: [],
  reserved: [],
}

/** google/protobuf/struct.proto, which reflection must be able to show because our files import it. */
export const structFile: ProtoFile = {
  path: 'google/protobuf/struct.proto',
  package: PACKAGE,
  usesStruct: false,
  services: [],
  enums: [nullValue],
  messages: [
    message('Struct', 'object', [field('fields', 1, { kind: 'json', label: 'map' })]),
    message('Value', 'union', [
      field('null_value', 1, { kind: 'enum', enum: nullValue }),
      field('number_value', 2, { kind: 'scalar', scalar: 'double' }),
      field('string_value', 3, STRING),
      field('bool_value', 4, { kind: 'scalar', scalar: 'bool' }),
      field('struct_value', 5, { kind: 'struct' }),
      field('list_value', 6, { kind: 'message', message: message('ListValue', 'object', []) }),
    ]),
    message('ListValue', 'object', [field('values', 1, { kind: 'json', label: 'repeated' })]),
  ],
}

function message(name: string, kind: ProtoMessage['kind'], fields: readonly ProtoField[]): ProtoMessage {
  const fullName = `${PACKAGE}.${name}`
  return { name, fullName, kind, comment: '', fields, messages: [], enums: [], reserved: [] }
}

type Typed = FieldType & { readonly label?: ProtoField['label'] }

function field(name: string, number: number, { label = 'single', ...type }: Typed): ProtoField {
  const jsonName = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  return { name, jsonName, number, type, label, absent: 'nothing', comment: '' }
}
