import { Type } from '../../core/index.ts'
import { MAX_PAGE_LIMIT, Timestamp } from '../schema/common-schemas.ts'

/** `meta` of an answer. */
export const Meta = Type.Object(
  { timestamp: Timestamp, version: Type.Integer({ minimum: 1, description: 'The API version of this answer.' }) },
  { title: 'Meta' },
)

/** `meta` of a list. */
export const ListMeta = Type.Object(
  {
    ...Meta.properties,
    page: Type.Object({
      limit: Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT }),
      nextCursor: Type.Union([Type.String(), Type.Null()], { description: '`null` on the last page.' }),
    }),
  },
  { title: 'ListMeta' },
)

/** Every answer that is not 2xx or 304. */
export const ErrorAnswer = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.Object({
      code: Type.String({ description: 'Stable; to branch on.' }),
      message: Type.String({ description: 'For people; may change.' }),
      effect: Type.Enum(['not-applied', 'applied', 'unknown'], { description: 'What is known of the effect.' }),
      retry: Type.Enum(['never', 'safe', 'same-key'], {
        description: 'What the caller may do; `same-key`: only with the same Idempotency-Key.',
      }),
      details: Type.Record(Type.String(), Type.Unknown()),
    }),
    meta: Type.Object({ timestamp: Timestamp, requestId: Type.String() }),
  },
  { title: 'ErrorAnswer' },
)

/** `details` of `api.INVALID_INPUT`. */
export const Faults = Type.Object(
  {
    faults: Type.Array(
      Type.Object({
        pointer: Type.String({ description: 'JSON pointer (RFC 6901) of the field.', examples: ['/items/0/quantity'] }),
        message: Type.String(),
        received: Type.Optional(Type.Unknown({ description: 'The value, shortened; never a secret.' })),
        allowed: Type.Optional(Type.Unknown({ description: 'The bound, pattern or values that were missed.' })),
      }),
    ),
  },
  { title: 'Faults' },
)
