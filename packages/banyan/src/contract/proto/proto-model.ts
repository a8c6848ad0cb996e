/** One `.proto` file: what one contract promises, in the terms of Protocol Buffers (https://protobuf.dev/programming-guides/proto3). */
export interface ProtoFile {
  /** `orders.proto` */
  readonly path: string
  /** `shop.orders` */
  readonly package: string
  readonly usesStruct: boolean
  readonly services: readonly ProtoService[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
}

export interface ProtoService {
  readonly name: string
  readonly methods: readonly ProtoMethod[]
}

export interface ProtoMethod {
  /** `GetOrder` */
  readonly name: string
  /** `orders.getOrder` */
  readonly operation: string
  readonly comment: string
  readonly request: ProtoMessage
  readonly response: ProtoMessage
  /** It answers as long as the caller listens. Never so for operations of contracts. */
  readonly streams?: true
}

/**
 * What a message stands for in JSON:
 * - `object`: an object, each field by its `jsonName`.
 * - `value`: whatever its only field stands for; where a value stands that no field can hold (`null`, a list in a list, a list that may be absent).
 * - `union`: the object of whichever field is set.
 * - `null`: null.
 */
export type MessageKind = 'object' | 'value' | 'union' | 'null'

export interface ProtoMessage {
  readonly name: string
  /** With its package: `shop.orders.Order.Item`. */
  readonly fullName: string
  readonly kind: MessageKind
  readonly comment: string
  readonly fields: readonly ProtoField[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly reserved: readonly ReservedField[]
}

export interface ReservedField {
  readonly name: string
  readonly number: number
}

export interface ProtoField {
  /** `amount_minor` */
  readonly name: string
  /** `amountMinor` */
  readonly jsonName: string
  readonly number: number
  readonly type: FieldType
  /** `single` of a scalar cannot be told from its default; `optional` can. Entries of a `map` have text keys. */
  readonly label: 'single' | 'optional' | 'repeated' | 'map'
  /** What JSON has where the field is not set. `default`: '', 0, false, [] or {}. */
  readonly absent: 'nothing' | 'null' | 'default'
  readonly comment: string
}

export type Scalar = 'string' | 'bool' | 'double' | 'int32' | 'int64'

/** `json` and `struct`: google.protobuf.Value and Struct, for what the contract leaves open. */
export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'enum'; readonly enum: ProtoEnum }
  | { readonly kind: 'message'; readonly message: ProtoMessage }
  | { readonly kind: 'json' }
  | { readonly kind: 'struct' }

export interface ProtoEnum {
  readonly name: string
  readonly fullName: string
  /** Of number 0, which proto3 asks for; here it means that nobody said: `STATUS_UNSPECIFIED`. */
  readonly zeroName: string
  readonly values: readonly ProtoEnumValue[]
  readonly reserved: readonly ReservedField[]
}

export interface ProtoEnumValue {
  /** `STATUS_NEEDS_ATTENTION` */
  readonly name: string
  /** `needs-attention` */
  readonly text: string
  readonly number: number
}

/** As it is written after the label: `string`, `google.protobuf.Struct`, `shop.orders.Order`. */
export function typeName(type: FieldType): string {
  switch (type.kind) {
    case 'scalar':
      return type.scalar
    case 'enum':
      return type.enum.fullName
    case 'message':
      return type.message.fullName
    case 'json':
      return 'google.protobuf.Value'
    case 'struct':
      return 'google.protobuf.Struct'
  }
}

/** `optional string`, `repeated shop.orders.Order`, `map<string, int64>`. */
export function labelledType({ label, type }: Pick<ProtoField, 'label' | 'type'>): string {
  const name = typeName(type)
  if (label === 'map') return `map<string, ${name}>`
  return label === 'single' ? name : `${label} ${name}`
}
